/** Every file that is generated from the schema and the rules. `npm run generate` writes them; a test compares them. */
import { catalogPage } from '../catalog/page';
import { jsonSchema } from './jsonSchema';
import { configurationPage, problemsPage } from './pages';

/** The files by path from the project's root, before formatting. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    'media/cannon.schema.json': JSON.stringify(jsonSchema(), null, 2),
    'docs/configuration.md': configurationPage(),
    'docs/problems.md': problemsPage(),
    'docs/catalog.md': catalogPage(),
  };
}
