/** Lets the inspector come back after a reload, and keeps it up to date with new trainings. */
import { Disposable, window } from 'vscode';
import type { App } from '../app';
import { sayError } from '../messages';
import { inspectorViewType } from './inspector';

export function registerInspector({ inspector, jobs, log }: App): Disposable {
  return Disposable.from(
    window.registerWebviewPanelSerializer(inspectorViewType, inspector),
    jobs.onDidEnd(({ run, outcome }) => {
      if (run.command !== 'train' || outcome.kind !== 'finished') return;
      inspector.refresh(run.config).catch((error: unknown) => sayError(log, 'Showing the new fit', error));
    }),
  );
}
