/** The engine's one door for Node: all that the server, the client and the tests may use. Panels use `browser.ts`. */
export type { Problem, Severity, TextRange } from './problems';
export { pack, type Packed, unpack } from './packing';
export { UserError } from './problems';
export { mayPass } from './awayDisk';
export { readPlainText } from './plainFile';
export type { Config, LabelSpec } from './config/config';
export type { HduSummary, HeaderCard, MaskCount, SpectrumArrays, SpectrumDocument } from './spectra/document';
export type { ModelAnatomy } from './cannon/anatomy';
export type { FittedLabel, StarFit } from './cannon/starFit';
export type * from './jobs/events';
export { type JobRecord, type NewJob, readJob } from './jobs/jobRecord';
export {
  enqueueRun,
  findRuns,
  isFinal,
  isRunning,
  newestModels,
  makeRunFolder,
  newRunFolder,
  requestCancel,
  runsFolder,
} from './jobs/runFolder';
export { readEvents, readLog, readResult } from './jobs/runFiles';
export { readRun, type RunProgress, type RunState, type RunStatus, type ShardStatus } from './jobs/readRun';
export { processLives } from './jobs/runLock';
export { cancelRun } from './jobs/manageRuns';
export type { ModelsDiffer, ResultDiffers, StarsDiffer } from './jobs/compareResults';
export type { Comparison, FilesDiffer } from './jobs/compareRuns';
export { placeOfFailure } from './jobs/failurePlace';
export { requireSlurm } from './jobs/slurmCommands';
export { settleRun } from './jobs/slurmFollow';
export { formatDuration, TimeLeft } from './jobs/timeLeft';
export { loadConfig, parseConfig, type ParsedConfig } from './config/parse';
export type { Place } from './config/read';
export type { KeySpec, Shape } from './config/shape';
export { examineSurvey, largeSurvey, plainReaders, type SurveyReaders } from './jobs/check';
export { funnelSvg } from './jobs/funnelPicture';
export { verdictOf } from './jobs/verdict';
export type { FunnelStep } from './reference/funnel';
export { modelText, type SurveyFacts } from './jobs/surveyFacts';
export { defaultInWords, shapeInWords } from './config/pages';
export { asYaml } from './config/yamlTree';
export { type Cursor, cursorAt } from './config/cursor';
export { nameAt, usesOfLabel } from './config/names';
export { searchProblem } from './config/searchProblem';
export { renameLabel } from './config/renameLabel';
export { headerCell } from './reference/headerCell';
export { findSpectra } from './reference/spectraWalk';
export { functionUsages, writtenName } from './config/expression';
export type { TableColumn } from './reference/table';
export { internalProblem } from './config/rules';
export { type InspectReaders, inspectStar, modelScatter, type PosteriorDraws, starPosterior } from './jobs/inspect';
export { reasonContext } from './jobs/reasonContext';
export { modelAnatomy } from './jobs/modelAnatomy';
export {
  type NearestAsked,
  type NearestStars,
  nearestTrainingStars,
  type StarColumn,
  type TrainingSetView,
  trainingSetView,
} from './jobs/trainingSetView';
export { reviewStars } from './jobs/reviewFile';
export { mostReviewBytes, parseReview, reviewName, type ReviewEntry, type StarVerdict } from './reference/review';
export type { ReviewChange } from './reference/reviewText';
export type { ValidatedLabel, ValidationDetail } from './cannon/validationDetail';
export { findValidations, validationDetail } from './jobs/validationDetail';
export { type CardLabel, type StarCard, starCard } from './jobs/starCard';
export { flagBits, reviewBits } from './catalog/flagBits';
export { realMinus, roundLike, roundTo, withError } from './catalog/rounding';
export { version } from './jobs/version';
export { describeFits } from './spectra/read';
export { createPool, inProcessPool, type TaskPool } from './jobs/pool';
export { type PlacedTable, placedTableFromCsv } from './reference/csv';
export { readTable, type Table } from './reference/table';
export { readModel } from './cannon/modelFile';
export { SpectraTable } from './spectraIndex/spectraTable';
export { loadIndex, saveIndex } from './spectraIndex/store';
export { indexKey, indexSpec, updateIndex } from './spectraIndex/update';
export type { IndexSpec, ReadArgs } from './spectraIndex/scan';
export { repeatsOf } from './spectraIndex/repeatsOf';
export { selectStars, StarFacts, type StarFilter, type StarSort } from './spectraIndex/starQuery';
export { findCatalogs } from './jobs/findCatalogs';
export type * from './catalogQuery/answers';
export { type CatalogSearch, everything, type Selection } from './catalogQuery/catalogSearch';
export { filterProblem } from './catalogQuery/filter';
export { filterCalls } from './catalogQuery/filterFunctions';
export { writtenColumn } from './catalogQuery/filterSql';
export { FilterError, type FilterProblem } from './catalogQuery/filterTokens';
export { OpenCatalogs } from './catalogQuery/openCatalogs';
export {
  flagsInWords,
  nameOfStar,
  mostSurprising,
  observationsOf,
  spectrumOfStar,
  starValues,
  type StarValues,
} from './catalogQuery/starOfCatalog';
export { countsOf, valuesOf } from './catalogQuery/values';
export { type ReasonContext, reasonsOf } from './catalog/reasons';
