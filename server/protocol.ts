/**
 * What client and server say to each other beyond standard LSP. What holds arrays crosses packed (`pack`, `unpack` of the engine).
 */
import type {
  ModelAnatomy,
  NearestAsked,
  NearestStars,
  Packed,
  PosteriorDraws,
  SpectrumDocument,
  StarFilter,
  StarFit,
  StarSort,
  TrainingSetView,
  ValidationDetail,
} from '../engine/index';

export * from './catalogProtocol';

/** A request's method with the types of its parameters and result attached; both sides send and answer by `method`. */
export interface Request<Params, Result> {
  readonly method: string;
  /** Never set: carries the types. */
  readonly types?: { params: Params; result: Result };
}

/** client → server: the FITS file at `path`, as a person looks at it. */
export interface ReadSpectrumParams {
  readonly path: string;
}
export const ReadSpectrumRequest: Request<ReadSpectrumParams, Packed<SpectrumDocument>> = {
  method: 'cannon/readSpectrum',
};

/** What the client tells the server when it starts it. */
export interface ServerOptions {
  /** A folder of this workspace for what is kept between sessions; null where the editor gives none. */
  readonly storage: string | null;
}

/** A message that is not answered, with the type of its parameters attached. */
export interface Notification<Params> {
  readonly method: string;
  readonly types?: Params;
}

/** client → server: the surveys whose stars are to be known. */
export const IndexedSurveysNotification: Notification<{ readonly configs: readonly string[] }> = {
  method: 'cannon/indexedSurveys',
};

/** client → server: somebody is typing, in whatever document; the index waits until they pause. */
export const UserIsTypingNotification: Notification<null> = { method: 'cannon/userIsTyping' };

/** server → client: more, or something else, is known of the stars of `config`. */
export const IndexChangedNotification: Notification<{ readonly config: string }> = { method: 'cannon/indexChanged' };

export interface IndexState {
  readonly phase: 'loading' | 'updating' | 'idle' | 'stopped' | 'failed';
  readonly nSpectra: number;
  /** Of them, those whose headers have yet to be read. */
  readonly nUnread: number;
}

/** A folder of spectra, by its path relative to that of the survey's description; "" is that folder itself. */
export interface Plate {
  readonly name: string;
  readonly nStars: number;
  readonly nMatching: number;
}

/** client → server: the folders of the survey's spectra, and how many stars in each pass `filter`. */
export interface PlatesParams {
  readonly config: string;
  readonly filter: StarFilter;
}
export interface PlatesAnswer {
  readonly state: IndexState;
  readonly nMatching: number;
  readonly plates: readonly Plate[];
  /** Names by which stars can be ordered, beside the index's own. */
  readonly labels: readonly string[];
}
export const PlatesRequest: Request<PlatesParams, PlatesAnswer> = { method: 'cannon/plates' };

/** client → server: stars that pass `filter`, `count` of them from the one numbered `from` (0 is the first). */
export interface StarsParams {
  readonly config: string;
  readonly filter: StarFilter;
  readonly sort: StarSort;
  /** A folder, as in `Plate`; null for all. */
  readonly plate: string | null;
  readonly from: number;
  readonly count: number;
}
export interface StarsAnswer {
  readonly nMatching: number;
  readonly stars: readonly StarEntry[];
}
export interface StarEntry {
  /** OBSID, else designation, else file name. */
  readonly star: string;
  /** Absolute. */
  readonly path: string;
  /** Subclass, S/N and place, or why it cannot be read: for a list. */
  readonly detail: string;
  /** "" where there is none. */
  readonly designation: string;
  readonly subclass: string;
  /** A pixel, in g where that is known. */
  readonly snr: number | null;
  readonly raDeg: number | null;
  readonly decDeg: number | null;
  readonly redshift: number | null;
  /** Why its header cannot be read, or "". */
  readonly problem: string;
}
export const StarsRequest: Request<StarsParams, StarsAnswer> = { method: 'cannon/stars' };

/** client → server: the star `by` places after the spectrum at `path`, in the order of the paths, and its fit. */
export interface StepStarParams {
  readonly config: string;
  readonly path: string;
  readonly by: number;
}
export interface SteppedStar {
  readonly star: string;
  /** Absolute. */
  readonly path: string;
  /** Null where it has none; `problem` then says why. */
  readonly fit: Packed<StarFit> | null;
  readonly problem: { readonly message: string; readonly hint: string } | null;
}
export const StepStarRequest: Request<StepStarParams, SteppedStar> = { method: 'cannon/stepStar' };

/** client → server: the other observations of the star in the spectrum at `path`, in the order of the paths. */
export interface StarRepeatsParams {
  readonly config: string;
  readonly path: string;
}
export const StarRepeatsRequest: Request<StarRepeatsParams, readonly StarEntry[]> = { method: 'cannon/starRepeats' };

/** client → server: look at all files of the survey again, and take up reading where it was stopped. */
export const RefreshIndexRequest: Request<{ readonly config: string }, null> = { method: 'cannon/refreshIndex' };

/** client → server: read no further headers until `cannon/refreshIndex`; what has been read stays. */
export const StopIndexRequest: Request<{ readonly config: string }, null> = { method: 'cannon/stopIndex' };

/** client → server: whether the data of `config` are ready to be trained on, as Markdown. */
export const ReadinessRequest: Request<{ readonly config: string }, { readonly markdown: string }> = {
  method: 'cannon/readiness',
};

/** client → server: fit the star at `path` with the newest trained model of `config` (or with `model`). */
export interface InspectStarParams {
  readonly config: string;
  readonly path: string;
  readonly model?: string;
}
export const InspectStarRequest: Request<InspectStarParams, Packed<StarFit>> = { method: 'cannon/inspectStar' };

/** client → server: the star that a word of some text means, a spectrum's path, an id or a designation; null where none is meant. */
export interface FindStarParams {
  readonly word: string;
  /** Absolute path of the text's file, from whose folder relative paths start; null where it has none. */
  readonly file: string | null;
}
export interface FoundStar {
  /** Absolute. */
  readonly path: string;
  /** The survey's description, or null for a spectrum of no survey. */
  readonly config: string | null;
}
export const FindStarRequest: Request<FindStarParams, FoundStar | null> = { method: 'cannon/findStar' };

/** client → server: the same star in brief, as Markdown without commands: a line that says which star it is, and the rest. */
export interface StarCardAnswer extends FoundStar {
  readonly head: string;
  readonly body: string;
}
export const StarCardRequest: Request<FindStarParams, StarCardAnswer | null> = { method: 'cannon/starCard' };

/** client → server: what the model in the file at `model` has learned, with the windows of `config`. */
export interface ModelAnatomyParams {
  readonly config: string;
  readonly model: string;
}
export const ModelAnatomyRequest: Request<ModelAnatomyParams, Packed<ModelAnatomy>> = {
  method: 'cannon/modelAnatomy',
};

/** client → server: the cross-validation in the file at `validation`, star by star. */
export interface ValidationParams {
  readonly config: string;
  readonly validation: string;
}
export const ValidationRequest: Request<ValidationParams, Packed<ValidationDetail>> = { method: 'cannon/validation' };

/** client → server: the scatter of the labels of a model in its newest cross-validation, null for those without one. */
export const ModelScatterRequest: Request<ModelAnatomyParams, readonly (number | null)[]> = {
  method: 'cannon/modelScatter',
};

/** client → server: the stars that the lines of a `review.yaml` name, for links to them. */
export interface ReviewStarsParams {
  /** Absolute path of the file, and its text as it is in the editor. */
  readonly path: string;
  readonly text: string;
}
export interface ReviewStar {
  readonly star: string;
  /** Where its name stands, in characters of the text. */
  readonly start: number;
  readonly end: number;
}
export const ReviewStarsRequest: Request<ReviewStarsParams, readonly ReviewStar[]> = { method: 'cannon/reviewStars' };

/** client → server: draws from the posterior of the labels of the star at `path`, under the model in the file at `model`. */
export interface StarPosteriorParams extends ModelAnatomyParams {
  readonly path: string;
}
export const StarPosteriorRequest: Request<StarPosteriorParams, Packed<PosteriorDraws>> = {
  method: 'cannon/starPosterior',
};

/** client → server: the reference stars of the survey, as the open text of its description selects them. */
export interface TrainingSetParams {
  readonly config: string;
  /** Columns of the reference table to take along. */
  readonly columns: readonly string[];
}
export const TrainingSetRequest: Request<TrainingSetParams, Packed<TrainingSetView>> = { method: 'cannon/trainingSet' };

/** server → client: the selection of a training set that was asked for may be another now. */
export const TrainingSetChangedNotification: Notification<{ readonly config: string }> = {
  method: 'cannon/trainingSetChanged',
};

/** client → server: the training stars that are nearest to a star, by its spectrum or by labels. */
export interface NearestStarsParams extends NearestAsked {
  readonly config: string;
}
export const NearestStarsRequest: Request<NearestStarsParams, Packed<NearestStars>> = { method: 'cannon/nearestStars' };
