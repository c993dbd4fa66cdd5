/**
 * Random texts where people write: `cannon.yaml` (half of them damaged, half changed as a person might; checked, and where
 * nothing is wrong truly trained on), `review.yaml`, conditions, and searches over a catalog. Each is answered by a diagnostic or by a run: never by a crash, an internal error, or more than 2 s.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseExpression } from '../../engine/config/expression';
import { cursorAt } from '../../engine/config/cursor';
import { parseConfig } from '../../engine/config/parse';
import { openCatalogFile } from '../../engine/catalogQuery/catalogFile';
import { CatalogSearch, everything } from '../../engine/catalogQuery/catalogSearch';
import { FilterError } from '../../engine/catalogQuery/filterTokens';
import { Checkpoint } from '../../engine/jobs/checkpoint';
import { examineSurvey } from '../../engine/jobs/check';
import { inProcessPool } from '../../engine/jobs/pool';
import { train } from '../../engine/jobs/train';
import { UserError, type Problem } from '../../engine/problems';
import { parseReview } from '../../engine/reference/review';
import { FileReaders } from '../../server/fileReaders';
import { changedText, withKeys, yamlOf } from './configChanges';
import { everyKey, oneOf, pickFrom, textMutant, wordsOf } from './configMutants';
import { begin, type Batch, type BatchFigures, inBatches, Tally } from './reliabilityBatches';
import { cannon } from '../jobs/command';
import { counted, type PartReport } from './reliabilityReport';

const mostSeconds = 2;
/** Enough to train two models on. */
const nStars = 120;
const survey = (folder: string) => join(folder, 'survey');

/** A survey on a coarse grid, its catalog, and the texts that the mutants are made of. */
async function prepare(folder: string): Promise<void> {
  const config = join(survey(folder), 'cannon.yaml');
  await cannon(['sample', survey(folder), '--stars', String(nStars), '--seed', '5']);
  const coarse = (text: string) => text.replace(/step: 1e-4/, 'step: 8e-4');
  const plain = coarse(readFileSync(config, 'utf8'));
  writeFileSync(config, plain);
  mkdirSync(join(folder, 'texts'));
  await cannon(['sample', join(folder, 'paper'), '--stars', String(nStars), '--labels', 'paper']);
  const bare = plain.replace(/^\s*#.*\n/gm, '');
  const paper = coarse(readFileSync(join(folder, 'paper', 'cannon.yaml'), 'utf8'));
  const pages = join(import.meta.dirname, '..', '..', 'docs');
  const documented = readdirSync(pages)
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => yamlOf(readFileSync(join(pages, name), 'utf8')))
    .map((part) => withKeys(bare, part));
  const texts = [plain, paper, bare, plain, paper, bare, everyKey(bare), ...new Set(documented)];
  texts.forEach((text, n) => writeFileSync(join(folder, 'texts', `${n}`.padStart(2, '0')), text));
  for (const args of [['train'], ['infer'], ['catalog', '--out', join(folder, 'catalog.parquet')]]) {
    const { exitCode, stderr } = await cannon([...args, '--config', config]);
    if (exitCode !== 0) throw new Error(stderr);
  }
}

export async function texts(program: string, folder: string, nMutants: number, seed: number): Promise<PartReport> {
  await prepare(folder);
  const batch = { folder, seed, from: 0, runEvery: 8 };
  const config = await inBatches(program, { ...batch, work: 'cannon.yaml', to: nMutants }, 500, 512);
  const review = await inBatches(program, { ...batch, work: 'review.yaml', to: nMutants / 2 }, 2500, 256);
  const condition = await inBatches(program, { ...batch, work: 'condition', to: 2 * nMutants }, 10_000, 256);
  const search = await inBatches(program, { ...batch, work: 'search', to: nMutants }, 2500, 512);
  const rows = Object.entries({ config, review, condition, search }).flatMap(([name, figures]) => [
    [`${name}: answers`, counted(figures.counts, 20)] as const,
    [`${name}: slowest (processor time)`, `${figures.worstSeconds.toFixed(2)} s, ${figures.worst}`] as const,
    [`${name}: memory of a process at its peak`, `${figures.peakMegabytes.toFixed(0)} MB`] as const,
  ]);
  const failures = [config, review, condition, search].flatMap((figures) => figures.failures);
  return { title: `Random texts (seed ${seed})`, rows, failures };
}

/** In the child. */
export async function textsBatch(batch: Batch): Promise<BatchFigures> {
  const tally = new Tally();
  const work = { 'cannon.yaml': configs, 'review.yaml': reviews, condition: conditions, search: searches }[batch.work]!;
  await work(batch, tally);
  return tally.figures;
}

async function configs({ folder, seed, from, to, runEvery }: Batch, tally: Tally): Promise<void> {
  const names = readdirSync(join(folder, 'texts')).sort();
  const sound = names.map((name) => readFileSync(join(folder, 'texts', name), 'utf8'));
  const readers = new FileReaders();
  const path = join(survey(folder), 'cannon.yaml');
  let nSound = 0;
  for (let index = from; index < to; index++) {
    begin(folder, index, tally);
    const text = index % 2 === 0 ? changedText(sound, seed, index) : textMutant(sound, seed, index);
    let found: readonly Problem[] = [];
    const parsed = parseConfig(text, path);
    await tally.timed(`cannon.yaml ${index}`, mostSeconds, async () => {
      cursorAt(text, pickFrom(seed, index)(0, text.length));
      // A glob may mean the whole machine: the check then ends when it is told to.
      const signal = AbortSignal.timeout(5000);
      const report = await examineSurvey(parsed, { signal }, readers).catch((error: unknown) => {
        if (!signal.aborted) throw error;
        tally.count('stopped when told to');
        return { problems: [] };
      });
      found = [...parsed.problems, ...report.problems];
      for (const { code, message, range } of found) {
        if (code === 'CAN900' || message === '') tally.fail(`cannon.yaml ${index}: ${code} ${message}`);
        if (range && (range.start < 0 || range.end < range.start || range.end > text.length))
          tally.fail(`cannon.yaml ${index}: ${code} stands at ${range.start}–${range.end} of ${text.length}`);
      }
      if (parsed.config === null && found.length === 0)
        tally.fail(`cannon.yaml ${index}: neither a config nor a problem`);
    });
    const hasError = found.some(({ severity }) => severity === 'error');
    tally.count(`${index % 2 === 0 ? 'changed' : 'damaged'}: ${verdictOn(found, parsed.config !== null)}`);
    if (!hasError && parsed.config !== null && nSound++ % runEvery === 0)
      await tally.timed(`training ${index}`, 30, () => trained(folder, parsed.config!, index, tally));
  }
}

/** How sound a description is: by its text alone, and by the files that it names. */
function verdictOn(found: readonly Problem[], isRead: boolean): string {
  const nErrors = found.filter(({ severity }) => severity === 'error').length;
  if (nErrors === 0) return found.some(({ severity }) => severity === 'warning') ? 'sound, with warnings' : 'sound';
  if (nErrors === 1) return 'one thing wrong';
  return isRead ? 'read, several things wrong' : 'refused by the text alone';
}

/** A model, or a sentence why there is none; told to stop after seconds, it does. */
async function trained(
  folder: string,
  config: Parameters<typeof train>[0]['config'],
  index: number,
  tally: Tally,
): Promise<void> {
  const run = join(folder, 'run');
  rmSync(run, { recursive: true, force: true });
  const signal = AbortSignal.timeout(10_000);
  const job = {
    ...{ config, configHash: '', run, pool: inProcessPool, memoryBytes: 2 ** 30, shard: null },
    checkpoint: new Checkpoint(join(run, 'checkpoint'), 'campaign'),
  };
  try {
    const result = await train(job, { signal, report: () => undefined });
    const models = result.command === 'train' ? result.models : [];
    if (models.length === 0 || !models.every((model) => existsSync(model.path)))
      tally.fail(`training ${index}: no model`);
    tally.count('trained');
  } catch (error) {
    if (signal.aborted) return tally.count('stopped when told to');
    if (!(error instanceof UserError)) throw error;
    if (error.message === '' || error.code === 'CAN900')
      tally.fail(`training ${index}: ${error.code} ${error.message}`);
    tally.count(`training ${error.code}`);
  }
}

function reviews(batch: Batch, tally: Tally): Promise<void> {
  const verdicts = ['exclude', 'real', 'bad spectrum', 'bad label', 'binary', 'ignore', 'enriched in Ba'];
  const lines = verdicts.map(
    (verdict, n) => `${1001605073 + n}: { verdict: ${verdict}, note: "n ${n}", by: ada, date: 2026-11-20 }\n`,
  );
  const { folder, seed } = batch;
  return each(batch, tally, async (index) => {
    const text = textMutant([lines.join(''), lines.join('# a comment\n')], seed, index);
    await tally.timed(`review.yaml ${index}`, mostSeconds, () => {
      const { entries, problems } = parseReview(text, join(folder, 'review.yaml'));
      tally.count(problems.length > 0 ? 'refused' : entries.size > 0 ? 'read' : 'empty');
      for (const { code, message } of problems)
        if (code !== 'CAN170' || message === '') tally.fail(`review.yaml ${index}: ${code} ${message}`);
    });
  });
}

function conditions(batch: Batch, tally: Tally): Promise<void> {
  return each(batch, tally, async (index) => {
    const pick = pickFrom(batch.seed, index);
    const text = wordsOf(pick(0, 4) === 0 ? 'search' : 'condition', pick);
    await tally.timed(`condition ${index}`, mostSeconds, () => {
      const { expression, problem } = parseExpression(text);
      tally.count(expression === null ? 'refused' : 'read');
      if (expression === null && (problem === undefined || problem.message === ''))
        tally.fail(`condition ${index}: refused without a word`);
    });
  });
}

async function searches(batch: Batch, tally: Tally): Promise<void> {
  const { folder, seed } = batch;
  const search = await CatalogSearch.over(
    await openCatalogFile(join(folder, 'catalog.parquet'), join(folder, 'cache')),
    null,
  );
  await each(batch, tally, async (index) => {
    const pick = pickFrom(seed, index);
    const where = sensible(pick) ?? wordsOf(pick(0, 4) === 0 ? 'condition' : 'search', pick);
    await tally.timed(`search ${index}`, mostSeconds, async () => {
      try {
        await search.count({ ...everything, where });
        tally.count('answered');
      } catch (error) {
        if (!(error instanceof FilterError) && !(error instanceof UserError)) throw error;
        if (error.message === '' || (error instanceof UserError && error.code === 'CAN900'))
          tally.fail(`search ${index} ${where}: ${error.message}`);
        tally.count(error instanceof FilterError ? 'refused' : `refused by the database`);
      }
    });
  });
  search.close();
}

/** A search that a person could have meant, for half of the numbers: random words are rarely read to their end. */
function sensible(pick: ReturnType<typeof pickFrom>): string | null {
  if (pick(0, 1) === 0) return null;
  const value = (depth: number): string => {
    if (depth <= 0 || pick(0, 2) === 0)
      return oneOf(
        [
          'teff',
          'logg',
          'fe_h',
          'chi2',
          'snrz',
          'source_id',
          'spectrum',
          'flags',
          'kiel_extrap',
          '0',
          '1e308',
          '-1',
          "'a'",
          'NULL',
          'TRUE',
          "'(['",
        ],
        pick,
      );
    const [a, b] = [value(depth - 1), value(depth - 1)];
    return oneOf(
      [
        `(${a} + ${b})`,
        `${a} * ${b}`,
        `${a} % ${b}`,
        `${a} ^ ${b}`,
        `-${a}`,
        `abs(${a})`,
        `sqrt(${a})`,
        `CAST(${a} AS integer)`,
        `${a}::text`,
        `CASE WHEN ${truth(depth - 1)} THEN ${a} ELSE ${b} END`,
        `${a} || ${b}`,
        `${a} & ${b}`,
      ],
      pick,
    );
  };
  const truth = (depth: number): string => {
    const [a, b] = [value(depth - 1), value(depth - 1)];
    return oneOf(
      [
        `${a} < ${b}`,
        `${a} = ${b}`,
        `${a} BETWEEN ${b} AND 5`,
        `${a} IN (${b}, 1)`,
        `${a} IS NULL`,
        `${a} LIKE ${b}`,
        `${a} ~ ${b}`,
        `NOT ${a} > ${b}`,
        `has('low_snr')`,
        `has('window_chi2', 'Ba')`,
        `has(${a})`,
        a,
      ],
      pick,
    );
  };
  return Array.from({ length: pick(1, 3) }, () => truth(pick(1, 3))).join(oneOf([' AND ', ' OR '], pick));
}

async function each({ folder, from, to }: Batch, tally: Tally, act: (index: number) => Promise<void>): Promise<void> {
  for (let index = from; index < to; index++) {
    if (index % 16 === 0) begin(folder, index, tally);
    await act(index);
  }
}
