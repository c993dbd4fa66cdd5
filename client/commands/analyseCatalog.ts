/**
 * Cannon: Analyse Catalog. Asks for the catalog, the analysis and what it needs, runs it in the background as a run of the survey, and shows
 * its page with the picture when it has ended.
 */
import { readdir } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CancellationError, commands, Uri, window, type QuickPickItem } from 'vscode';
import { findRuns, readResult } from '../../engine/index';
import type { App } from '../app';
import { targetOf } from '../target';
import { argumentsFor, choices, isTable, type Question } from './analysisChoices';

const memoryKey = 'cannon.analysisAnswers';

/** @returns the run folder. */
export async function analyseCatalog(app: App, args: readonly unknown[]): Promise<string> {
  const { surveys, jobs, inspector, context } = app;
  const target = targetOf(args);
  const config = await surveys.choose({ config: target.config, path: null }, inspector.config);
  const choice = await pick(
    choices.map((one) => ({ label: one.title, detail: one.detail, value: one })),
    'Analyse Catalog',
  );
  const named = target.path !== null && isTable(target.path) ? target.path : null;
  const catalog = named ?? (await chooseFile('Which catalog?', await catalogsOf(config)));
  if (catalog === null) throw new CancellationError();
  const beside = dirname(config);
  const table =
    choice.table === null
      ? null
      : await chooseFile(choice.table.title, await tablesIn(beside, choice.table.names), choice.table.isOptional);
  const key = `${memoryKey}.${choice.analysis}`;
  const before = context.workspaceState.get<Record<string, string>>(key) ?? {};
  const answers: Record<string, string> = {};
  for (const question of choice.questions) answers[question.name] = await ask(choice.title, question, before);
  await context.workspaceState.update(key, answers);
  const more = argumentsFor({ catalog, table }, choice, answers);
  const folder = await jobs.start('analyse', config, () => more, choice.analysis);
  const ending = jobs.onDidEnd(({ run, outcome }) => {
    if (run.folder !== folder) return;
    ending.dispose();
    if (outcome.kind === 'finished') void commands.executeCommand('cannon.openResult', { config, folder });
  });
  context.subscriptions.push(ending);
  return folder;
}

interface FileItem {
  readonly path: string;
  readonly what: string;
}

const mostRuns = 50;

/** What the survey's runs made, the newest first: catalogs before labels. */
async function catalogsOf(config: string): Promise<FileItem[]> {
  const [catalogs, labels]: [FileItem[], FileItem[]] = [[], []];
  for (const { folder, job } of (await findRuns(config)).slice(0, mostRuns)) {
    if (job.command !== 'catalog' && job.command !== 'infer') continue;
    const result = await readResult(folder);
    const when = job.created.slice(0, 16).replace('T', ' ');
    const add = (to: FileItem[], path: string | undefined, what: string): void => {
      if (path !== undefined && existsSync(path)) to.push({ path, what: `${what}, ${when}` });
    };
    if (result?.command === 'catalog') {
      add(catalogs, result.out, 'a row a star');
      add(catalogs, result.observationsOut, 'a row an observation');
    }
    if (result?.command === 'infer') {
      add(labels, result.average, 'a row a star');
      add(labels, result.out, 'labels, a row an observation');
    }
  }
  return [...catalogs, ...labels];
}

/** Tables in a folder, those with a likely name first. */
async function tablesIn(folder: string, names: RegExp): Promise<FileItem[]> {
  const files = (await readdir(folder).catch(() => [])).filter(isTable);
  const likely = files.filter((name) => names.test(name));
  return [...likely, ...files.filter((name) => !likely.includes(name))].map((name) => ({
    path: join(folder, name),
    what: 'beside cannon.yaml',
  }));
}

/** Null where none is wanted. @throws CancellationError */
async function chooseFile(title: string, files: readonly FileItem[], isOptional = false): Promise<string | null> {
  const none = { label: '$(circle-slash) None', description: 'A column of the catalog names the cluster', value: null };
  const found = await pick<FileItem | null | 'browse'>(
    [
      ...files.map((file) => ({ label: basename(file.path), description: file.what, detail: file.path, value: file })),
      ...(isOptional ? [none] : []),
      { label: '$(folder-opened) Another File…', value: 'browse' as const },
    ],
    title,
  );
  if (found !== 'browse') return found === null ? null : found.path;
  const near = files[0] === undefined ? {} : { defaultUri: Uri.file(dirname(files[0].path)) };
  const chosen = await window.showOpenDialog({ title, canSelectMany: false, ...near });
  if (chosen?.[0] === undefined) throw new CancellationError();
  return chosen[0].fsPath;
}

async function pick<T>(items: readonly (QuickPickItem & { readonly value: T })[], title: string): Promise<T> {
  const found = await window.showQuickPick(items, { title, matchOnDescription: true });
  if (found === undefined) throw new CancellationError();
  return found.value;
}

async function ask(title: string, question: Question, before: Readonly<Record<string, string>>): Promise<string> {
  const { name, prompt, usual, isOptional } = question;
  const text = await window.showInputBox({
    ...{ title, prompt, value: before[name] ?? usual },
    validateInput: (typed) => (typed.trim() === '' && !isOptional ? 'It is needed.' : null),
  });
  if (text === undefined) throw new CancellationError();
  return text;
}
