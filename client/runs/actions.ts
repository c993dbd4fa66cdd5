/**
 * What one does with runs: from a row of the tree, from several that are selected, or from the palette, which asks for the
 * run. Each looks at the run again before it acts, for a row may be a second old.
 */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CancellationError, commands, env, FileType, Uri, window, workspace, type QuickPickItem } from 'vscode';
import { isRunning, readRun, UserError, type RunState, type RunStatus } from '../../engine/index';
import type { App } from '../app';
import { openFolder } from '../jobs/announce';
import { commandTitle } from '../jobs/wording';
import { say } from '../messages';
import { failureLine } from './failureLine';
import { showComparison } from './pages';
import { resultText, runFacts, runTitle, surveyName } from './wording';

type Action = (app: App, args: readonly unknown[]) => Promise<void>;

/** Cannon: Cancel Run. */
export const cancelRuns: Action = async (app, args) => {
  for (const run of await chosen(app, args, 'Cancel which run?', ['running', 'queued'])) await app.jobs.cancel(run);
};

/** Cannon: Resume Run. */
export const resumeRuns: Action = async (app, args) => {
  for (const run of await chosen(app, args, 'Resume which run?', ({ canResume }) => canResume))
    await app.jobs.resume(run);
};

/** Cannon: Open Result of Run. The coefficients of a training, the panel of a validation, the table of labels, the page of an analysis. */
export const openResult: Action = async (app, args) => {
  const [run] = await chosen(app, args, 'Open the result of which run?', ['finished']);
  if (run === undefined || run.result === null) return;
  const { result } = run;
  // A survey may have been moved since: the run lies beside the description that is meant.
  const config = app.watch.at(run.folder)?.config ?? run.job.config;
  if (result.command === 'analyse') await showAnalysis(result.page);
  else if (result.command === 'infer') await openTable(result.out);
  else if (result.command === 'train') await app.coefficients.show({ config, model: await pickModel(result.models) });
  else if (result.command === 'cv') await app.validation.show({ config, validation: await pickModel(result.models) });
  else if (result.command === 'catalog') await app.review.show({ config, catalog: result.out });
  else await openFolder(run.folder);
};

/** The path of the only one of these that is still there, or of the one that the user picks. */
async function pickModel(models: readonly { readonly name: string; readonly path: string }[]): Promise<string> {
  const there = models.filter(({ path }) => existsSync(path));
  const [only] = there;
  if (only === undefined) throw new UserError('The results of this run are no longer there', 'Run it again.', 'CAN340');
  return there.length === 1 ? only.path : (await pick(there, 'Which model?', ({ name }) => ({ label: name }))).path;
}

/** The page of an analysis, with its picture: an SVG by itself would open as text. */
async function showAnalysis(page: string): Promise<void> {
  if (!existsSync(page)) throw new UserError(`${page} is no longer there`, 'Run the analysis again.', 'CAN340');
  await commands.executeCommand('markdown.showPreview', Uri.file(page));
}

async function openTable(path: string): Promise<void> {
  const uri = Uri.file(path);
  if (!existsSync(path)) throw new UserError(`${path} is no longer there`, 'Infer labels again.', 'CAN340');
  // Tables of numbers in binary are for other programs; text opens here.
  if (/\.(csv|tsv|txt|vot|xml)$/i.test(path)) await commands.executeCommand('vscode.open', uri);
  else await openFolder(path);
}

/** Cannon: Compare Runs. Of two that are selected in the tree, or of one and another of the same command. */
export const compareTwo: Action = async (app, args) => {
  const { selection } = app.runs;
  const two = args.length === 0 && selection.length === 2 ? [selection[0], selection] : args;
  const runs = await chosen(app, two, 'Compare which run?', ({ state }) => state !== 'queued');
  const [first, second] = runs;
  if (first === undefined) return;
  const others = (await readable(app)).filter(
    ({ folder, job, state }) => folder !== first.folder && job.command === first.job.command && state !== 'queued',
  );
  const other = second ?? (await pickRun(others, `Compare ${runTitle(first)} with which run?`));
  // The older one is A: what differs is then what has changed since.
  const [a, b] = first.job.created <= other.job.created ? [first, other] : [other, first];
  await showComparison(a.folder, b.folder);
};

/** Cannon: Reveal Run Folder. */
export const revealRun: Action = async (app, args) => {
  const [run] = await chosen(app, args, 'Reveal the folder of which run?', () => true);
  if (run !== undefined) await openFolder(run.folder);
};

/** Cannon: Open Log of Run. What it wrote when something went wrong; else its events. */
export const openLog: Action = async (app, args) => {
  const [run] = await chosen(app, args, 'Open the log of which run?', () => true);
  if (run === undefined) return;
  const log = Uri.file(join(run.folder, 'log.txt'));
  const events = Uri.file(join(run.folder, 'events.jsonl'));
  const isEmpty = await workspace.fs.stat(log).then(
    ({ size, type }) => size === 0 || type !== FileType.File,
    () => true,
  );
  await commands.executeCommand('vscode.open', isEmpty ? events : log);
};

/** Cannon: Show Line of Failure. */
export const showFailure: Action = async (app, args) => {
  const [run] = await chosen(app, args, 'Show the failure of which run?', ['failed']);
  if (run === undefined) return;
  const line = await failureLine(run);
  if (line !== null) {
    await window.showTextDocument(line.document, { selection: line.range });
    return;
  }
  say('information', `No line of ${basename(run.job.config)} is to blame: ${run.failure?.message ?? ''}`, {
    'Open Log': () => openLog(app, [{ folder: run.folder }]),
  });
};

/** Cannon: Delete Run. To the trash, or for good where there is none; never one that is at work. */
export const deleteRuns: Action = async (app, args) => {
  const runs = await chosen(app, args, 'Delete which run?', ({ state }) => state !== 'running' && state !== 'queued');
  if (runs.length === 0) return;
  const what = runs.length === 1 ? `the run “${runTitle(runs[0]!)}”` : `${runs.length} runs`;
  const made = runs.flatMap(({ result }) => (result === null ? [] : [resultText(result)]));
  const detail = [
    runs.map(({ folder }) => folder).join('\n'),
    made.length === 0 ? '' : `What they made goes with them: ${made.join('; ')}. Results that lie elsewhere stay.`,
  ];
  const isHere = env.remoteName === undefined;
  const button = isHere ? 'Move to Trash' : 'Delete';
  const options = { modal: true, detail: detail.filter(Boolean).join('\n\n') };
  const question = isHere ? `Move ${what} to the trash?` : `Delete ${what} for good?`;
  if ((await window.showWarningMessage(question, options, button)) !== button) return;
  for (const { folder } of runs) await remove(folder, isHere);
  app.watch.look();
};

async function remove(folder: string, useTrash: boolean): Promise<void> {
  if (isRunning(folder)) throw new UserError(`${basename(folder)} is at work again`, 'Cancel it first.', 'CAN410');
  const uri = Uri.file(folder);
  try {
    await workspace.fs.delete(uri, { recursive: true, useTrash });
  } catch (error) {
    if (!useTrash) throw error;
    const question = `${basename(folder)} cannot be moved to the trash. Delete it for good?`;
    if ((await window.showWarningMessage(question, { modal: true }, 'Delete')) !== 'Delete') return;
    await workspace.fs.delete(uri, { recursive: true, useTrash: false });
  }
}

type Filter = readonly RunState[] | ((run: RunStatus) => boolean);

/**
 * The runs that a command is called on, as they are now: those of the arguments that the command is for, or else the one
 * that the user picks.
 * @throws UserError when none of those that are named will do, CancellationError when none is picked.
 */
async function chosen(app: App, args: readonly unknown[], title: string, filter: Filter): Promise<RunStatus[]> {
  const fits = typeof filter === 'function' ? filter : ({ state }: RunStatus) => filter.includes(state);
  const named = foldersOf(args);
  if (named.length === 0) return [await pickRun((await readable(app)).filter(fits), title)];
  const runs = await Promise.all(named.map((folder) => readRun(folder)));
  const fitting = runs.filter(fits);
  const [first] = runs;
  if (fitting.length === 0 && first !== undefined) {
    app.watch.look();
    throw new UserError(`${runTitle(first)} is ${first.state}`, 'Choose another run.', 'CAN410');
  }
  return fitting;
}

/** The editor hands over the row of a menu, and with several selected all of them. */
function foldersOf([clicked, selected]: readonly unknown[]): string[] {
  const folderOf = (value: unknown): string[] =>
    typeof value === 'object' && value !== null && 'folder' in value && typeof value.folder === 'string'
      ? [value.folder]
      : [];
  const many = Array.isArray(selected) ? selected.flatMap(folderOf) : [];
  return many.length > 0 ? many : folderOf(clicked);
}

const mostOffered = 200;

async function readable({ watch }: App): Promise<RunStatus[]> {
  const some = watch.runs.slice(0, mostOffered);
  await watch.read(some.map(({ folder }) => folder));
  return some.flatMap(({ folder }) => watch.at(folder)?.status ?? []);
}

async function pickRun(runs: readonly RunStatus[], title: string): Promise<RunStatus> {
  if (runs.length === 0)
    throw new UserError('There is no such run', 'The view “Runs” shows those there are.', 'CAN409');
  return pick(runs, title, (run) => ({
    label: `${commandTitle[run.job.command]} · ${surveyName(run.job.config)}`,
    description: run.job.created.slice(0, 16).replace('T', ' '),
    detail: `${run.state}: ${runFacts(run)}`,
  }));
}

async function pick<T>(items: readonly T[], title: string, inWords: (item: T) => QuickPickItem): Promise<T> {
  const choices = items.map((item) => ({ ...inWords(item), item }));
  const found = await window.showQuickPick(choices, { title, matchOnDescription: true, matchOnDetail: true });
  if (found === undefined) throw new CancellationError();
  return found.item;
}
