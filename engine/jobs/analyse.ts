/**
 * `cannon analyse`: reads a catalog, runs one of the analyses, and writes into a folder a picture (<analysis>.svg), a table (.csv or .fits), the
 * numbers (.json) and a page that shows them (.md). With a run folder it is a run as any other; without one it leaves nothing else.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { analyseCluster, type ClusterAsked } from '../analysis/analyseCluster';
import { analyseMap, type MapAsked } from '../analysis/analyseMap';
import { analysePairs, type PairsAsked } from '../analysis/analysePairs';
import { analyseRepeats, type RepeatsAsked } from '../analysis/analyseRepeats';
import { AnalysisTable } from '../analysis/analysisTable';
import { type Report, reportPage, reportText } from '../analysis/report';
import { csvHeader, csvRows, fitsColumns } from '../catalog/catalog';
import { writeFits } from '../fits/writer';
import { writeAtomically } from '../durable';
import type { FinishedEvent, JobContext, JobEvent } from './events';
import { runJob } from './job';
import { newJob } from './newJob';
import { RunFolder } from './runFolder';
import { turnsUnder, wholeTurn } from './turns';
import { version } from './version';

export type AnalysisAsked =
  | ({ readonly analysis: 'pairs' } & PairsAsked)
  | ({ readonly analysis: 'cluster' } & ClusterAsked)
  | ({ readonly analysis: 'repeats' } & RepeatsAsked)
  | ({ readonly analysis: 'map' } & MapAsked);

export interface AnalyseJob {
  readonly catalog: string;
  /** The folder for what is found; made where it is not there. */
  readonly out: string;
  readonly format: 'csv' | 'fits';
  readonly asked: AnalysisAsked;
}

/** @throws UserError CAN102 for tables that cannot be read, CAN440 to CAN445 for what cannot be analysed. */
async function analyse({ catalog, out, format, asked }: AnalyseJob, context: JobContext): Promise<FinishedEvent> {
  const stages = ['Reading the catalog', 'Analysing', 'Writing'];
  const at = (done: number) => context.report({ kind: 'progress', stage: stages[done]!, done, total: stages.length });
  context.report({ kind: 'started', command: 'analyse', total: stages.length, resumedFrom: 0 });
  at(0);
  const table = await AnalysisTable.open(resolve(catalog));
  await wholeTurn(context.signal);
  at(1);
  const report = await reportOf(table, asked, turnsUnder(context.signal));
  await wholeTurn(context.signal);
  at(2);
  const files = writeReport(report, { catalog: resolve(catalog), out, format, asked });
  for (const message of report.warnings)
    context.report({ kind: 'warning', code: 'CAN446', message, hint: 'It stands on the page, too.' });
  const { analysis, title, finding, numbers } = report;
  return {
    ...{ kind: 'finished', command: 'analyse', analysis, title, finding, out, ...files },
    ...{ text: reportText(report), numbers },
  };
}

function reportOf(table: AnalysisTable, asked: AnalysisAsked, turn: () => Promise<void>): Promise<Report> {
  switch (asked.analysis) {
    case 'pairs':
      return analysePairs(table, asked);
    case 'cluster':
      return analyseCluster(table, asked);
    case 'repeats':
      return analyseRepeats(table, asked, turn);
    case 'map':
      return analyseMap(table, asked);
  }
}

interface Files {
  readonly picture: string;
  readonly table: string;
  readonly json: string;
  readonly page: string;
}

function writeReport(report: Report, { catalog, out, format, asked }: AnalyseJob): Files {
  mkdirSync(out, { recursive: true });
  const name = report.analysis;
  const file = (extension: string) => join(out, `${name}.${extension}`);
  const files = { picture: file('svg'), table: file(format), json: file('json'), page: file('md') };
  writeAtomically(files.picture, report.svg);
  writeAtomically(files.table, format === 'csv' ? csvOf(report) : fitsOf(report));
  const { title, finding, warnings, numbers } = report;
  const content = { title, finding, catalog, asked, warnings, numbers, cannon: version };
  // NaN and infinities are no JSON: what does not exist is null.
  writeAtomically(files.json, `${JSON.stringify(content, null, 2)}\n`);
  writeAtomically(files.page, reportPage(report, `${name}.svg`));
  return files;
}

function csvOf({ rows }: Report): string {
  return `${csvHeader(rows)}\n${csvRows(rows)}`;
}

function fitsOf({ rows, analysis, title }: Report): Uint8Array {
  const cards = [{ keyword: 'COMMENT', comment: title }];
  return writeFits([{ kind: 'table', name: analysis.toUpperCase(), columns: fitsColumns(rows), cards }], {
    checksum: true,
  });
}

/** Runs the analysis, in a run folder where one is named. @returns an exit code. */
export async function runAnalysis(
  job: AnalyseJob,
  { run, config }: { readonly run: string | null; readonly config: string },
  listen: (event: JobEvent) => void,
): Promise<number> {
  if (run === null) return runJob({ run: null, listen }, (context) => analyse(job, context));
  const folder = await runFolderFor(job, run, config).catch((error: unknown) => error);
  if (folder instanceof RunFolder) return runJob({ run: folder, listen }, (context) => analyse(job, context));
  return runJob({ run: null, listen }, () => {
    throw folder;
  });
}

async function runFolderFor(
  { catalog, out, format, asked }: AnalyseJob,
  run: string,
  config: string,
): Promise<RunFolder> {
  const tables = [
    catalog,
    ...(asked.analysis === 'pairs' ? [asked.pairs] : []),
    ...(asked.analysis === 'cluster' && asked.members !== undefined ? [asked.members] : []),
  ];
  const options = { analysis: asked.analysis, catalog: resolve(catalog), out, format, asked: JSON.stringify(asked) };
  const job = await newJob({
    ...{ command: 'analyse', config, resolved: null, options, seed: 'seed' in asked ? asked.seed : 0 },
    files: tables.map((table) => resolve(table)),
  });
  return RunFolder.create(run, job);
}
