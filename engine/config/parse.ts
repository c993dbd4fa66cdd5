/**
 * From the text of `cannon.yaml` to a `Config`: YAML with source positions, then the schema, then the cross-checks.
 * Broken text never throws: what is wrong comes back as problems at their places, in the order of the file.
 */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { patiently, tryAgain } from '../awayDisk';
import { type Problem, UserError } from '../problems';
import { galahWindows, type NamedWindows, windowsInVacuum } from '../spectra/elementWindows';
import { buildLabels, buildMatch, buildModels, buildQuality } from './buildStars';
import type { Config, ContinuumSpec, FlagThresholds, InferenceSpec, ReferenceSpec } from './config';
import { crossCheck, isWindow } from './crossCheck';
import { type Places, SchemaReader } from './read';
import { problem } from './rules';
import { type RawConfig, schema } from './schema';
import { buildTraining } from './trainingSpec';
import { YamlTree } from './yamlTree';

/** A survey description with everything that was found wrong in its text. */
export interface ParsedConfig {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
  /** Null when too little of the file is usable. With an error among `problems`, do not run on it. */
  readonly config: Config | null;
  readonly problems: readonly Problem[];
  /** Where each key stands. */
  readonly places: Places;
}

const maxLength = 256_000;
const maxNesting = 50;
/** Nobody reads more, and every one is sent to the editor. */
const maxProblems = 50;

/** Parses `text` as the file at `path`; relative paths in it start from that file's folder. */
export function parseConfig(text: string, path: string): ParsedConfig {
  const file = resolve(path);
  const parsed = { path: file, text, config: null, places: new Map() };
  if (text.length > maxLength) return tooLarge(file, text.length);
  if (nestsTooDeeply(text)) {
    const slots = { reason: 'it is nested too deeply', hint: 'A survey description has at most four levels.' };
    return { ...parsed, problems: [problem('CAN001', slots, { file, range: { start: 0, end: 0 } })] };
  }
  const document: Document = parseDocument(text, { prettyErrors: false, uniqueKeys: false, version: '1.2' });
  const reader = new SchemaReader(file, new YamlTree(text, document));
  const raw = reader.readWhole(document.contents, schema, basename(file)) as RawConfig | undefined;
  const syntax = [...document.errors, ...document.warnings];
  if (syntax.length > 0) {
    // What the parser made of broken YAML is a guess: other problems in it would be noise.
    const problems = syntax.slice(0, maxProblems).map((error) => yamlProblem(error, file, text));
    return { ...parsed, problems, places: reader.places };
  }
  const config = raw ? build(raw, file) : null;
  const problems = [...reader.problems, ...(config ? crossCheck(config, raw!, reader.places) : [])];
  problems.sort((a, b) => (a.range?.start ?? 0) - (b.range?.start ?? 0));
  return { ...parsed, config, problems: problems.slice(0, maxProblems), places: reader.places };
}

/** Reads and parses the file at `path`. Throws a UserError when it cannot be read. */
export async function loadConfig(path: string): Promise<ParsedConfig> {
  const file = resolve(path);
  let reason: string;
  try {
    const found = await tryAgain(() => stat(file), patiently);
    if (found.isFile() && found.size > 4 * maxLength) return tooLarge(file, found.size);
    if (found.isFile()) return parseConfig(await tryAgain(() => readFile(file, 'utf8'), patiently), file);
    reason = found.isDirectory() ? 'it is a folder' : 'it is not a file';
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    reason = code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'permission is denied' : message;
  }
  const { code, message, hint } = problem('CAN004', { reason, path: file }, { file });
  throw new UserError(message, hint, code);
}

function tooLarge(file: string, bytes: number): ParsedConfig {
  const size = `${Math.round(bytes / 1000)} kB`;
  const problems = [problem('CAN002', { size }, { file, range: { start: 0, end: 0 } })];
  return { path: file, text: '', config: null, problems, places: new Map() };
}

/** Whether a text is too long, or nested too deeply, to be given to the YAML parser. */
export function isTooMuchYaml(text: string): boolean {
  return text.length > maxLength || nestsTooDeeply(text);
}

/** One-based line and column of an offset, as editors count them. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

/** Whether YAML is nested beyond all use. The composer recurses, and takes long to give up: brackets and dashes are counted first. */
export function nestsTooDeeply(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '{') depth++;
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
    if (depth > maxNesting) return true;
  }
  return new RegExp(`(?:[-?:][ \\t]+){${maxNesting}}|^ {${4 * maxNesting}}`, 'm').test(text);
}

/** Where the parser's own words would not help. */
const yamlReasons: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  TAB_AS_INDENT: ['tabs cannot indent', 'Indent with spaces.'],
  MULTIPLE_DOCS: ['it holds more than one document', 'Keep one survey a file: remove the line "---" and what follows.'],
  BLOCK_AS_IMPLICIT_KEY: ['a second colon stands in one line', 'Put a text that holds a colon in quotes.'],
};

function yamlProblem(
  error: { code: string; message: string; pos: [number, number] },
  file: string,
  text: string,
): Problem {
  const [start, end] = error.pos;
  const [reason, hint] = yamlReasons[error.code] ?? [
    (error.message.charAt(0).toLowerCase() + error.message.slice(1))
      .replace(/[.:]?\s*$/, '')
      .replace(/(["'])quote/, 'quote $1'),
    'Check indentation, quotes, brackets and colons here and just before.',
  ];
  const range = { start: Math.min(start, text.length), end: Math.min(Math.max(end, start), text.length) };
  return problem('CAN001', { reason, hint }, { file, range });
}

function build(raw: RawConfig, file: string): Config | null {
  const { survey, spectra, labels } = raw;
  if (survey === undefined || spectra === undefined || labels === undefined || spectra.length === 0) return null;
  const { grid, crossValidation } = schema.keys;
  const labelSpecs = buildLabels(labels);
  return {
    path: file,
    folder: dirname(file),
    survey,
    spectra,
    reference: buildReference(raw),
    grid: {
      from: raw.grid?.from ?? grid.shape.keys.from.default,
      to: raw.grid?.to ?? grid.shape.keys.to.default,
      step: raw.grid?.step ?? grid.shape.keys.step.default,
    },
    continuum: buildContinuum(raw),
    labels: labelSpecs,
    quality: buildQuality(raw),
    models: buildModels(raw, labelSpecs),
    windows: buildWindows(raw),
    training: buildTraining(raw),
    crossValidation: {
      folds: raw.crossValidation?.folds ?? crossValidation.shape.keys.folds.default,
      seed: raw.crossValidation?.seed ?? crossValidation.shape.keys.seed.default,
      groups: raw.crossValidation?.groups ?? null,
    },
    inference: buildInference(raw),
    repeats: {
      card: raw.repeats?.card ?? null,
      radiusArcsec: raw.repeats?.within ?? 1,
      weight: raw.repeats?.weight ?? schema.keys.repeats.shape.keys.weight.default,
    },
    catalog: {
      giants: raw.catalog?.giants ?? schema.keys.catalog.shape.keys.giants.default,
      sourceId: raw.catalog?.sourceId ?? null,
    },
    flags: buildFlags(raw),
    searches: [...(raw.searches ?? [])].flatMap(([name, where]) => (where === undefined ? [] : [{ name, where }])),
  };
}

function buildFlags({ flags }: RawConfig): FlagThresholds {
  const { keys } = schema.keys.flags.shape;
  const {
    percentile,
    largeError,
    snr,
    badPixels,
    rival,
    binary,
    emission,
    pull,
    badStretch,
    velocity,
    velocityKms,
    disagreement,
  } = keys;
  return {
    ...{ percentile: percentile.default, chi2: null, windowChi2: null },
    ...{ largeError: largeError.default, snr: snr.default, badPixels: badPixels.default, rival: rival.default },
    ...{ binary: binary.default, emission: emission.default, pull: pull.default, badStretch: badStretch.default },
    ...{ velocity: velocity.default, velocityKms: velocityKms.default, disagreement: disagreement.default },
    ...Object.fromEntries(Object.entries(flags ?? {}).filter(([, value]) => value !== undefined)),
  };
}

function buildInference({ inference }: RawConfig): InferenceSpec {
  const { velocity, diagnostics } = schema.keys.inference.shape.keys;
  return {
    velocity: inference?.velocity ?? velocity.default,
    diagnostics: inference?.diagnostics ?? diagnostics.default,
    prior: [...(inference?.prior ?? [])].flatMap(([label, { mean, sigma } = {}]) =>
      mean === undefined || sigma === undefined ? [] : [{ label, mean, sigma }],
    ),
  };
}

/** Pairs that are none are left out; the cross-checks tell of them. */
function buildWindows({ windows }: RawConfig): NamedWindows[] {
  if (windows === undefined) return [];
  if (windows === 'galah') return galahWindows();
  return [...windows].map(([name, given]) => {
    const pairs = (given?.vacuum ?? given?.air ?? []).flatMap((pair) => (isWindow(pair) ? [pair] : []));
    return { name, windows: given?.vacuum === undefined ? windowsInVacuum(pairs) : pairs };
  });
}

function buildReference({ reference }: RawConfig): ReferenceSpec | null {
  const match = reference?.match && buildMatch(reference.match);
  return reference?.file !== undefined && match ? { file: reference.file, match } : null;
}

function buildContinuum({ continuum }: RawConfig): ContinuumSpec {
  const defaults = schema.keys.continuum.shape.keys;
  if ((continuum?.method ?? defaults.method.default) === 'none') return { method: 'none' };
  const sigma = continuum?.sigma ?? defaults.sigma.default;
  const truncate = continuum?.truncate ?? 3 * sigma;
  return { method: 'gaussian', sigma, truncate: truncate === 'none' ? Infinity : truncate };
}
