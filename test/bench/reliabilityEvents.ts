/**
 * The events of a working day on a survey: keystrokes with what an editor asks beside them, files that come and go, requests of
 * panels, jobs. Each is drawn from a seed; all leave the survey such that the next can happen.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { everything } from '../../engine/catalogQuery/catalogSearch';
import { oneOf, textMutant, wordsOf, type Pick } from './configMutants';
import { type LiveServer, uriOf } from './reliabilityServer';

export interface Survey {
  readonly folder: string;
  readonly config: string;
  /** Its text when nobody has damaged it. */
  readonly sound: string;
  readonly model: string;
  readonly validation: string;
  readonly catalog: string;
  /** A spectrum and a catalog outside of the survey, to make others of. */
  readonly store: string;
}

const plate = (survey: Survey) =>
  join(survey.folder, 'spectra', readdirSync(join(survey.folder, 'spectra')).sort()[0]!);
const spectraOf = (survey: Survey) =>
  readdirSync(plate(survey))
    .sort()
    .map((name) => join(plate(survey), name));

/** One keystroke, or now and then a paste, in the text as it is; with what the editor asks after it. */
export class Typist {
  text: string;
  nEdits = 0;
  private toType = '';
  private at = 0;

  constructor(
    private readonly server: LiveServer,
    private readonly survey: Survey,
    private readonly pick: Pick,
  ) {
    this.text = survey.sound;
  }

  async edit(): Promise<void> {
    this.nEdits++;
    if (this.toType === '') await this.replan();
    else {
      await this.insert(this.toType[0]!);
      this.toType = this.toType.slice(1);
    }
    await this.askBeside();
  }

  /** The text as it was in the beginning, saved. */
  async restore(): Promise<void> {
    this.text = this.survey.sound;
    await this.server.change(this.survey.config, [{ text: this.text }]);
    await this.server.tell('textDocument/didSave', { textDocument: { uri: uriOf(this.survey.config) } });
  }

  private async replan(): Promise<void> {
    const { pick } = this;
    const kind = pick(0, 9);
    if (kind === 0 || this.text.length > 6000) return this.restore();
    if (kind === 1) {
      this.text = textMutant([this.text], pick(0, 1e6), pick(0, 1e6));
      return this.server.change(this.survey.config, [{ text: this.text }]);
    }
    const lines = this.text.split('\n');
    const line = pick(0, lines.length - 1);
    this.at = lines.slice(0, line + 1).join('\n').length;
    const comment = '  # a remark on this line';
    this.toType = oneOf(
      [
        comment,
        `\nquality: ["${wordsOf('condition', pick).replaceAll('"', '')}"]`,
        '\nwindows: galah',
        '\nflags: { snr: 20 }',
        '\ntraining: { modes: 4 }',
      ],
      pick,
    );
  }

  private async insert(letter: string): Promise<void> {
    const position = positionOf(this.text, this.at);
    this.text = this.text.slice(0, this.at) + letter + this.text.slice(this.at);
    this.at += letter.length;
    await this.server.change(this.survey.config, [{ range: { start: position, end: position }, text: letter }]);
  }

  private async askBeside(): Promise<void> {
    const { server, nEdits } = this;
    const textDocument = { uri: uriOf(this.survey.config) };
    const position = positionOf(this.text, this.pick(0, this.text.length));
    const range = { start: { line: 0, character: 0 }, end: { line: this.text.split('\n').length, character: 0 } };
    if (nEdits % 4 === 0) await server.ask('textDocument/completion', { textDocument, position });
    if (nEdits % 15 === 0) await server.ask('textDocument/hover', { textDocument, position });
    if (nEdits % 20 === 0) {
      await server.ask('textDocument/codeAction', { textDocument, range, context: { diagnostics: [] } });
      await server.ask('textDocument/documentSymbol', { textDocument });
    }
    if (nEdits % 50 === 0) await server.ask('textDocument/definition', { textDocument, position });
    if (nEdits % 400 === 0) {
      await server.ask('textDocument/codeLens', { textDocument });
      await server.ask('textDocument/inlayHint', { textDocument, range });
    }
    if (nEdits % 700 === 0) {
      await server.tell('textDocument/didClose', { textDocument });
      await server.open(this.survey.config, this.text);
    }
  }
}

function positionOf(text: string, offset: number): { line: number; character: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, character: before.at(-1)!.length };
}

type Change = { readonly path: string; readonly type: 1 | 2 | 3 };

/** Something happens to a file, and the editor tells of it. @returns what it was */
export async function fileEvent(server: LiveServer, survey: Survey, n: number, pick: Pick): Promise<string> {
  const [name, changes] = oneOf(Object.entries(fileEvents), pick);
  await tellOf(server, changes(survey, n, pick));
  return name;
}

export function tellOf(server: LiveServer, changes: readonly Change[]): Promise<void> {
  return server.tell('workspace/didChangeWatchedFiles', {
    changes: changes.map(({ path, type }) => ({ uri: uriOf(path), type })),
  });
}

const extra = (survey: Survey) => spectraOf(survey).filter((path) => path.includes('extra-'));

const fileEvents: Readonly<Record<string, (survey: Survey, n: number, pick: Pick) => Change[]>> = {
  'spectrum appears': (survey, n) => made(survey, n),
  'spectrum appears half-written': (survey, n, pick) => {
    const found = made(survey, n);
    for (const { path, type } of found) if (type === 1) truncateSync(path, pick(0, 40_000));
    return found;
  },
  'spectrum vanishes': (survey, _, pick) => {
    const found = extra(survey);
    if (found.length === 0) return [];
    const path = oneOf(found, pick);
    rmSync(path);
    return [{ path, type: 3 }];
  },
  'spectrum is renamed': (survey, n, pick) => {
    const found = extra(survey);
    if (found.length === 0) return [];
    const path = oneOf(found, pick);
    const to = join(plate(survey), `extra-${n}-renamed.fits.gz`);
    renameSync(path, to);
    return [
      { path, type: 3 },
      { path: to, type: 1 },
    ];
  },
  'spectrum is written anew': (survey, _, pick) => {
    const found = extra(survey);
    if (found.length === 0) return [];
    const path = oneOf(found, pick);
    copyFileSync(join(survey.store, 'spectrum.fits.gz'), path);
    return [{ path, type: 2 }];
  },
  'catalog is written anew': (survey, n) => {
    copyFileSync(join(survey.store, n % 2 === 0 ? 'a.parquet' : 'b.parquet'), survey.catalog);
    return [{ path: survey.catalog, type: 2 }];
  },
  'reference table is written anew': (survey, n) => {
    const path = join(survey.folder, 'labels.csv');
    writeFileSync(path, readFileSync(join(survey.store, 'labels.csv'), 'utf8') + (n % 2 === 0 ? '\n' : ''));
    return [{ path, type: 2 }];
  },
  'verdict is given': (survey, n, pick) => {
    const path = join(survey.folder, 'review.yaml');
    const existed = existsSync(path);
    const lines = Array.from(
      { length: pick(0, 20) },
      (_, k) => `${1000 + k}: { verdict: ${oneOf(['exclude', 'real', 'nonsense', 'binary'], pick)}, note: "n ${n}" }\n`,
    );
    writeFileSync(path, lines.join(''));
    return [{ path, type: existed ? 2 : 1 }];
  },
};

/** At most forty of them at a time, so that hours are alike. */
function made(survey: Survey, n: number): Change[] {
  const found = extra(survey);
  const path = join(plate(survey), `extra-${n}.fits.gz`);
  copyFileSync(join(survey.store, 'spectrum.fits.gz'), path);
  if (found.length < 40) return [{ path, type: 1 }];
  rmSync(found[0]!);
  return [
    { path: found[0]!, type: 3 },
    { path, type: 1 },
  ];
}

/** The survey's files as they were before the day, and the editor tells of it: hours end alike, whatever came to pass in them. */
export async function restoreFiles(server: LiveServer, survey: Survey): Promise<void> {
  const runs = join(survey.folder, '.cannon', 'runs');
  const ofRuns = readdirSync(runs).filter((name) => /stranger|z-real/.test(name));
  const review = join(survey.folder, 'review.yaml');
  const gone = [
    ...[...extra(survey), ...(existsSync(review) ? [review] : [])],
    ...ofRuns.map((name) => join(runs, name, 'result.json')).filter((path) => existsSync(path)),
  ];
  for (const path of [...gone, ...ofRuns.map((name) => join(runs, name))]) rmSync(path, { recursive: true });
  const table = join(survey.folder, 'labels.csv');
  copyFileSync(join(survey.store, 'labels.csv'), table);
  copyFileSync(join(survey.store, 'a.parquet'), survey.catalog);
  const changes: Change[] = [
    ...gone.map((path) => ({ path, type: 3 as const })),
    ...[table, survey.catalog].map((path) => ({ path, type: 2 as const })),
  ];
  await tellOf(server, changes);
}

/** Something that a panel or a view asks. */
export async function panelRequest(server: LiveServer, survey: Survey, pick: Pick): Promise<void> {
  await server.ask(...oneOf(panelQuestions(survey, pick), pick));
}

/** One question of each kind, with what `pick` chooses. */
export function panelQuestions(survey: Survey, pick: Pick): (readonly [method: string, params: object])[] {
  const { config, model, validation, catalog } = survey;
  const spectra = spectraOf(survey);
  const path = oneOf(spectra, pick);
  const filter = { text: '', where: oneOf(['', 'snrg > 30', 'nonsense >', 'spectrum.Z < 0.001'], pick) };
  const sort = { by: oneOf(['path', 'star'], pick), descending: false };
  const selection = {
    ...everything,
    where: oneOf(['', 'teff > 5000', 'SELECT', "has('low_snr')", wordsOf('search', pick)], pick),
    sort: oneOf([null, 'teff'], pick),
  };
  const asked = { config, catalog, selection };
  return [
    ['cannon/readSpectrum', { path }],
    ['cannon/plates', { config, filter }],
    ['cannon/stars', { config, filter, sort, plate: null, from: 0, count: 100 }],
    ['cannon/stepStar', { config, path, by: pick(-2, 2) }],
    ['cannon/starRepeats', { config, path }],
    ['cannon/inspectStar', { config, path }],
    ['cannon/inspectStar', { config, path, model }],
    ['cannon/findStar', { word: oneOf([path, '1001', 'spec-59500'], pick), file: config }],
    ['cannon/starCard', { word: path, file: config }],
    ['cannon/modelAnatomy', { config, model }],
    ['cannon/modelScatter', { config, model }],
    ['cannon/validation', { config, validation }],
    ['cannon/starPosterior', { config, model, path }],
    ['cannon/trainingSet', { config, columns: ['snrg'] }],
    ['cannon/nearestStars', { config, path, labels: null, model: null, count: 5 }],
    ['cannon/readiness', { config }],
    ['cannon/catalog/list', { config }],
    ['cannon/catalog/open', { config, catalog }],
    ['cannon/catalog/select', asked],
    ['cannon/catalog/counts', asked],
    ['cannon/catalog/rows', { ...asked, from: 0, count: 50, columns: ['teff', 'flags'] }],
    ['cannon/catalog/reasons', { config, catalog, row: pick(0, 30), nNearest: pick(0, 3) }],
  ];
}

/** A run as another window or a cluster makes it: its folder appears, grows, and ends. @returns its folder */
export function strangersRun(survey: Survey, n: number, pick: Pick): { folder: string; end: () => Change[] } {
  const folder = join(survey.folder, '.cannon', 'runs', `2026-11-20T00-00-00-stranger-${n}`);
  mkdirSync(folder, { recursive: true });
  const job = {
    ...(JSON.parse(readFileSync(join(survey.store, 'job.json'), 'utf8')) as object),
    created: new Date(0).toISOString(),
  };
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
  const line = (event: object) => `${JSON.stringify({ time: new Date().toISOString(), ...event })}\n`;
  const progress = (done: number) => line({ kind: 'progress', stage: 'Training main', done, total: 100 });
  writeFileSync(join(folder, 'events.jsonl'), Array.from({ length: 50 }, (_, k) => progress(k)).join(''));
  const how = oneOf(['finished', 'failed', 'cancelled', 'torn'], pick);
  return {
    folder,
    end: () => {
      const last =
        {
          failed: { kind: 'failed', code: 'CAN402', message: 'The disk is full', hint: '' },
          cancelled: { kind: 'cancelled', done: 5 },
        }[how] ?? null;
      if (last !== null) writeFileSync(join(folder, 'events.jsonl'), progress(9) + line(last));
      if (how === 'torn') writeFileSync(join(folder, 'events.jsonl'), progress(9).slice(0, 20));
      if (how !== 'finished') return [];
      copyFileSync(join(survey.store, 'result.json'), join(folder, 'result.json'));
      return [{ path: join(folder, 'result.json'), type: 1 }];
    },
  };
}
