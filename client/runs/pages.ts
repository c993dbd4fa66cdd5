/** The comparison of two runs as a page, written when it is opened and shown as Markdown. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { basename } from 'node:path';
import { commands, EventEmitter, Uri, workspace, type Disposable } from 'vscode';
import { UserError, type Comparison } from '../../engine/index';
import type { App } from '../app';
import { comparisonPage } from './comparisonPage';

const scheme = 'cannon-run';
const changed = new EventEmitter<Uri>();
const run = promisify(execFile);
/** Stars that moved most; the counts are of all. */
const mostListed = 100;
const mostBytes = 64 * 2 ** 20;

export function registerRunPages({ jobs }: App): Disposable {
  return workspace.registerTextDocumentContentProvider(scheme, {
    onDidChange: changed.event,
    async provideTextDocumentContent({ query }, token) {
      const [a, b] = JSON.parse(query) as [string, string];
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      return comparisonPage(await compare(jobs.cli, a, b, abort.signal));
    },
  });
}

/** In a process of its own: the tables of two runs may hold millions of stars. */
async function compare(cli: string, a: string, b: string, signal: AbortSignal): Promise<Comparison> {
  const args = [cli, 'runs', 'compare', a, b, '--json', '--most', String(mostListed)];
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  const { stdout } = await run(process.execPath, args, { env, signal, maxBuffer: mostBytes }).catch(
    (error: unknown) => error as { stdout: string; message: string },
  );
  const answer = parsed(stdout);
  if (answer === null) throw new Error(`The comparison of ${basename(a)} and ${basename(b)} ended without an answer.`);
  if ('error' in answer) throw new UserError(answer.error, answer.hint, answer.code);
  return answer;
}

function parsed(stdout: string): Comparison | { error: string; hint: string; code: string } | null {
  try {
    return JSON.parse(stdout) as Comparison;
  } catch {
    return null;
  }
}

/** Shows what differs between two runs, by their folders. */
export async function showComparison(a: string, b: string): Promise<void> {
  // The path names the preview's tab; the runs are in the query.
  const title = `${basename(a)} and ${basename(b)}`;
  const uri = Uri.from({ scheme, path: `/${title}.md`, query: JSON.stringify([a, b]) });
  changed.fire(uri);
  // Opened first: what is wrong is then said by the command, not by an empty page.
  await workspace.openTextDocument(uri);
  await commands.executeCommand('markdown.showPreview', uri);
}
