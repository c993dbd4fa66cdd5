/** Before a job reads outside the workspace, it is named and asked for: once for each place of a survey. */
import { readFile } from 'node:fs/promises';
import { CancellationError, window, workspace, type Memento } from 'vscode';
import { parseConfig } from '../../engine/index';
import { revealKey } from '../panels/revealKey';
import { outsidePaths } from './outsidePaths';

const memoryKey = 'cannon.outsidePaths';
const mostListed = 8;

/** @throws CancellationError when the user does not want it. */
export async function askOutside(memory: Memento, config: string): Promise<void> {
  // What cannot be read or is no description is told by the job.
  const text = await readFile(config, 'utf8').catch(() => '');
  const parsed = parseConfig(text, config).config;
  if (parsed === null) return;
  const folders = (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
  const allowed = new Set(memory.get<string[]>(memoryKey));
  const keyOf = (path: string): string => `${config}\n${path}`;
  const asked = outsidePaths(parsed, folders).filter((path) => !allowed.has(keyOf(path)));
  if (asked.length === 0) return;
  const more = asked.length > mostListed ? `\n… and ${asked.length - mostListed} more` : '';
  const [yes, show] = ['Read There', 'Show cannon.yaml'];
  const answer = await window.showWarningMessage(
    'This survey reads files outside the workspace.',
    { modal: true, detail: `${config} names:\n\n${asked.slice(0, mostListed).join('\n')}${more}` },
    yes,
    show,
  );
  if (answer === show) await revealKey(config, 'spectra');
  if (answer !== yes) throw new CancellationError();
  await memory.update(memoryKey, [...allowed, ...asked.map(keyOf)]);
}
