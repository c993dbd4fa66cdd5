/** Lets the panels about runs come back after a reload, and shows them new results. */
import { Disposable, window } from 'vscode';
import type { App } from '../app';
import { sayError } from '../messages';

export function keepPanels({ coefficients, jobs, log }: App): Disposable {
  return Disposable.from(
    window.registerWebviewPanelSerializer(coefficients.viewType, coefficients),
    jobs.onDidEnd(({ run, outcome }) => {
      if (outcome.kind !== 'finished' || outcome.event.command !== 'train') return;
      const { shown } = coefficients;
      if (shown?.config !== run.config) return;
      // The same model of the newer training, by its name.
      const folder = (path: string): string | undefined => path.split(/[\\/]/).at(-2);
      const next = outcome.event.models.find(({ path }) => folder(path) === folder(shown.model));
      if (next) {
        coefficients
          .turnTo({ config: run.config, model: next.path })
          .catch((error: unknown) => sayError(log, 'Showing the new coefficients', error));
      }
    }),
  );
}
