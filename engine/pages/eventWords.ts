/** Events and results in words, by their types: a field that is added in `jobs/events.ts` is a type error here until it is told of. */
import type { Command, JobEvent, Results } from '../jobs/events';

type Fields<T> = { readonly [K in Exclude<keyof T, 'kind'>]-?: string };
type EventWords = {
  readonly [K in Exclude<JobEvent['kind'], 'finished'>]: {
    readonly when: string;
    readonly fields: Fields<Extract<JobEvent, { kind: K }>>;
  };
} & { readonly finished: { readonly when: string; readonly fields: { readonly command: string } } };

const failure = { code: 'see [problems](problems.md)', message: '', hint: '' };

export const eventWords: EventWords = {
  started: {
    when: 'the job begins',
    fields: { command: '', total: 'files matched', resumedFrom: 'of them done by an earlier attempt' },
  },
  resumed: {
    when: 'first line of an attempt that goes on where another stopped',
    fields: { attempt: 'its number' },
  },
  progress: {
    when: 'from time to time',
    fields: { stage: 'in words', done: '', total: '0 as long as it is not known, while spectra are listed' },
  },
  funnel: { when: 'the training stars are chosen', fields: { steps: 'how many stars each cut left' } },
  warning: { when: 'something is to be known', fields: failure },
  checkpoint: { when: 'chunks of work are on the disk', fields: { done: 'how many' } },
  finished: { when: 'last, when all is done', fields: { command: 'and its results, below' } },
  shardFinished: {
    when: 'last of a shard',
    fields: {
      shard: '`index`, `count`',
      chunks: 'that it wrote or found',
      isComplete: 'whether a merge finds all shards done',
    },
  },
  submitted: {
    when: 'a queue has the run',
    fields: { system: '`slurm`', id: 'its name for the jobs', run: 'the folder', shards: 'still to be done' },
  },
  cancelled: { when: 'last, when somebody stopped it', fields: { done: 'of `total`' } },
  failed: { when: 'last, when it could not go on', fields: failure },
};

const funnel = 'how many stars each cut left: `step`, `stars`, and of a cut on χ² its `thresholds`';
const statistics = '`stars`, `scatter`, `mad`, `rms`, `bias`, `mean`, `correlation`, `spearman`';

export const resultWords: { readonly [C in Command]: Fields<Results[C]> } = {
  sample: { folder: '', config: '', spectra: 'how many', referenceStars: 'how many' },
  init: {
    config: 'the file that was written',
    survey: '',
    spectra: 'files that the globs match',
    reference: '`file`, `match`, `matched`; or null',
    labels: '',
    notes: 'what was uncertain',
  },
  check: {
    problems: '',
    spectra: 'matched files',
    readable: '',
    matched: 'readable ones with a row of the table',
    models: 'each `name`, `stars`',
    verdict: '`readiness`, `sentence`, `reasons`',
    funnel,
    coverage: 'of the labels, by model',
  },
  index: { spectra: 'matched files', readable: '', problems: 'each `spectrum`, `message`' },
  train: { models: 'each `name`, `path`, `stars`, `pixels`, `unconverged`', funnel },
  cv: {
    models: `each \`name\`, \`path\`, \`stars\`, \`folds\`; \`labels\` with ${statistics}, \`lower\`, \`upper\`, \`lowerExcluded\`, \`upperExcluded\`, \`relativePrecision\`; \`bySnr\` with \`from\`, \`to\` and the statistics`,
    funnel,
  },
  infer: {
    out: 'the table',
    spectra: 'its rows: every matched file has one',
    labelled: '',
    problems: '',
    repeats: 'how observations of the same stars agree, where there are any',
    average: 'the table with a row a star, where one was asked for',
  },
  catalog: {
    out: '',
    labels: 'the table that it was made of',
    observationsOut: 'where one was asked for',
    stars: '',
    observations: '',
    labelled: 'stars with labels',
    repeated: 'stars with more than one observation',
    flags: 'each `name`, `stars`',
    unset: 'flags that could not be told for want of a column',
  },
  analyse: {
    analysis: '',
    title: '',
    finding: 'in a sentence or two',
    out: 'the folder',
    picture: '',
    table: '',
    json: '',
    page: '',
    text: 'as a terminal shows it',
    numbers: '',
  },
  inspect: {
    fits: 'of each spectrum `star`, `path`, `title`, `model`, `labels`, `chi2`, `nPixels`, `redshift`, `windows`, `flags`',
    out: 'the table of the pixels, where one was asked for',
  },
};
