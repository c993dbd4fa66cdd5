/** Follows again the jobs that outlived the window that started them. */
import { workspace, type Disposable } from 'vscode';
import type { App } from '../app';
import { sayError } from '../messages';

export function resumeJobs({ jobs, surveys, log }: App): Disposable {
  const resume = async (): Promise<void> => {
    try {
      await jobs.resume(await surveys.known());
    } catch (error) {
      sayError(log, 'Looking for running jobs', error);
    }
  };
  if (workspace.isTrusted) void resume();
  return workspace.onDidGrantWorkspaceTrust(resume);
}
