/** What `E` offers in the inspector. */
import type { StarFit } from '../../engine/index';
import type { Stage } from '../chart/stage';
import { csvOf, ExportDialog, pngOf, svgOf } from '../export';
import { csvColumns, pythonOf } from './exports';

export interface ExportedStar {
  /** The fit as it is drawn. */
  readonly shown: () => StarFit | null;
  readonly stage: Stage;
  readonly save: (suggestedName: string, content: string | Uint8Array) => Promise<string | null>;
  readonly failed: (error: unknown) => void;
}

export function inspectorExport({ shown, stage, save, failed }: ExportedStar): ExportDialog {
  const ready = (): StarFit => {
    const fit = shown();
    if (!fit) throw new Error('There is no star to export yet.');
    return fit;
  };
  const name = (): string => `star-${ready().star}`;
  return new ExportDialog({
    name,
    exports: {
      png: () => pngOf(stage.charts),
      svg: () => svgOf(stage.charts, `Fit of star ${ready().title}`),
      csv: () => csvOf(csvColumns(ready())),
      py: () => pythonOf(ready(), stage.axis.view, `${name()}.csv`),
    },
    save,
    failed,
  });
}
