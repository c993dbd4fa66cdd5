/** Every file that is generated from the code. `npm run generate` writes them; a test compares them. */
import { catalogPage } from '../catalog/page';
import { commandLine } from '../commandLine';
import { jsonSchema } from '../config/jsonSchema';
import { configurationPage, problemsPage } from '../config/pages';
import { commandLineParts } from './commandLinePage';
import { editorPage, type Manifest } from './editorPage';
import { filesPage } from './filesPage';
import { keyTables, type PanelKeys } from './keyTables';
import { withParts } from './markdown';

export interface Sources {
  readonly manifest: Manifest;
  readonly panelKeys: readonly PanelKeys[];
  /** A file of the project, for pages that are generated in part. */
  readonly read: (path: string) => string;
}

const panelsOfPage = ['plots', 'spectrum', 'inspector', 'coefficients', 'validation', 'trainingSet'];

/** The files by path from the project's root, before formatting. */
export function generatedFiles({ manifest, panelKeys, read }: Sources): Readonly<Record<string, string>> {
  return {
    'media/cannon.schema.json': JSON.stringify(jsonSchema(), null, 2),
    'docs/configuration.md': configurationPage(),
    'docs/problems.md': problemsPage(),
    'docs/catalog.md': catalogPage(),
    'docs/editor.md': editorPage(manifest),
    'docs/files.md': filesPage(),
    'docs/command-line.md': withParts(read('docs/command-line.md'), commandLineParts(commandLine())),
    'docs/panels.md': withParts(read('docs/panels.md'), keyTables(panelKeys, panelsOfPage)),
    'docs/review.md': withParts(read('docs/review.md'), keyTables(panelKeys, ['review'])),
  };
}
