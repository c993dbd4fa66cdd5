/** The engine's one door for Node: all that the server, the client and the tests may use. Panels use `browser.ts`. */
export type { Problem, Severity, TextRange } from './problems';
export { pack, type Packed, unpack } from './packing';
export { UserError } from './problems';
export { requireFile } from './plainFile';
export type { Config, GridSpec, LabelSpec, ModelSpec } from './config/config';
export type { Spectrum, SpectrumIdentity } from './spectra/spectrum';
export type { HduSummary, HeaderCard, SpectrumArrays, SpectrumDocument } from './spectra/document';
export type { ModelAnatomy } from './cannon/anatomy';
export type { FittedLabel, StarFit } from './cannon/starFit';
export type * from './jobs/events';
export { type JobOptions, type JobRecord, type NewJob, readJob, requireJob, type Submission } from './jobs/jobRecord';
export {
  enqueueRun,
  findRuns,
  isFinal,
  isRunning,
  newestModels,
  newRunFolder,
  readEvents,
  readLog,
  readResult,
  requestCancel,
  runsFolder,
  setSubmission,
} from './jobs/runFolder';
export { readRun, type RunProgress, type RunState, runStates, type RunStatus, type ShardStatus } from './jobs/readRun';
export { type FoundLock, type LockHolder, lockIn, processLives } from './jobs/runLock';
export { cancelRun } from './jobs/manageRuns';
export {
  compareRuns,
  type Comparison,
  type Difference,
  type FilesDiffer,
  type ModelsDiffer,
  type ResultDiffers,
  type StarsDiffer,
} from './jobs/compareRuns';
export { describeJob } from './jobs/surveyRun';
export { placeOfFailure } from './jobs/failurePlace';
export { requireSlurm } from './jobs/slurmCommands';
export { settleRun } from './jobs/slurmFollow';
export { formatDuration, TimeLeft } from './jobs/timeLeft';
export { lineAndColumn, loadConfig, parseConfig, type ParsedConfig } from './config/parse';
export type { Place, Places } from './config/read';
export { schema } from './config/schema';
export type { KeySpec, Shape } from './config/shape';
export { examineSurvey, largeSurvey, plainReaders, type SurveyReaders, type SurveyReport } from './jobs/check';
export { funnelSvg } from './jobs/funnelPicture';
export { type Verdict, verdictOf } from './jobs/verdict';
export { conditionPresets, modelsPreset } from './config/presets';
export { isWindowCut } from './config/config';
export type { FunnelStep } from './reference/funnel';
export { modelText, type SelectionFacts, type SurveyFacts } from './jobs/surveyFacts';
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
export { parseReview, reviewName, type ReviewEntry, type StarVerdict } from './reference/review';
export type { ReviewChange } from './reference/reviewText';
export type { SnrPart, ValidatedLabel, ValidationDetail } from './cannon/validationDetail';
export { findValidations, type FoundValidation, validationDetail } from './jobs/validationDetail';
export { type CardLabel, type StarCard, starCard } from './jobs/starCard';
export {
  flagBits,
  type FlagBit,
  type FlagColumn,
  type FlagName,
  flagsIn,
  hasFlag,
  maskOf,
  reviewBits,
} from './catalog/flagBits';
export { type CatalogShape, columnOfElement, type ColumnSpec, observationColumns, starColumns } from './catalog/schema';
export { realMinus, roundLike, roundTo, withError } from './catalog/rounding';
export { version } from './jobs/version';
export { describeFits, readIdentity, readSpectrum } from './spectra/read';
export { titleOf } from './spectra/title';
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
export { findCatalogs, type FoundCatalog } from './jobs/findCatalogs';
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
  observationsOf,
  spectrumOfStar,
  starValues,
  type StarValues,
} from './catalogQuery/starOfCatalog';
export { countsOf, histogramOf, valuesOf } from './catalogQuery/values';
export { type Reason, type ReasonContext, type ReasonRow, type Reasons, reasonsOf } from './catalog/reasons';
