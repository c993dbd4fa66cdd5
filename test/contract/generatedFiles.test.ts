/** The JSON schema and the reference pages are those that the code makes. */
import Ajv from 'ajv';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { flagBits } from '../../engine/catalog/flagBits';
import { parseConfig } from '../../engine/config/parse';
import { flags } from '../../engine/config/schemaCatalog';
import type { Manifest } from '../../engine/pages/editorPage';
import { generatedFiles } from '../../engine/pages/generated';
import { sampleConfig } from '../../engine/sample/sampleConfig';
import { panelKeys } from '../../scripts/panelKeys.mjs';
import { read, root } from './sources';

const manifest = JSON.parse(read('package.json')) as Manifest;
const generated = generatedFiles({ manifest, panelKeys: panelKeys(), read });

describe('generated files', () => {
  it.each(Object.entries(generated))('%s is up to date (else run "npm run generate")', async (path, text) => {
    const filepath = join(root, path);
    expect(read(path)).toBe(await format(text, { ...(await resolveConfig(filepath)), filepath }));
  });

  it('are the schema that package.json names for YAML', () => {
    const { contributes } = JSON.parse(read('package.json')) as { contributes: { yamlValidation: { url: string }[] } };
    expect(contributes.yamlValidation.map(({ url }) => url)).toEqual(['./media/cannon.schema.json']);
  });
});

describe('the flags of the catalog', () => {
  it('have the limits that the config has keys for, and each key is a limit of one', () => {
    const keys = Object.keys(flags.shape.keys);
    expect([...new Set(flagBits.flatMap(({ limits }) => limits))].sort()).toEqual(keys.sort());
  });
});

describe('the JSON schema', () => {
  const validate = new Ajv({ allowUnionTypes: true }).compile(JSON.parse(read('media/cannon.schema.json')) as object);
  const example = /```yaml\n([^]*?)```/.exec(read('docs/configuration.md'))![1]!;

  it.each([
    ['the sample', sampleConfig],
    ['the example of the reference page', example],
    ['one that leaves out what it may', 'survey: lamost-lrs\nspectra: x\ngrid:\nlabels: { teff: }\n'],
    [
      'a key with those that go with it',
      'survey: lamost-lrs\nspectra: x\nlabels: { teff: {} }\nreference: { file: x, match: { sky: 1 arcsec, ra: y, dec: z } }',
    ],
  ])('and the parser both accept %s', (_, text) => {
    expect(parseConfig(text, '/cannon.yaml').problems).toEqual([]);
    validate(parse(text));
    expect(validate.errors).toBeNull();
  });

  it.each([
    'survy: lamost-lrs\nspectra: x\nlabels: { teff: {} }',
    'survey: desi\nspectra: x\nlabels: { teff: {} }',
    'survey: lamost-lrs\nspectra: []\nlabels: { teff: {} }',
    'survey: lamost-lrs\nspectra: x\nlabels: { "a-b": {} }',
    'survey: lamost-lrs\nspectra: x\nlabels: { teff: {} }\ngrid: { step: 0 }',
    'survey: lamost-lrs\nspectra: x\nlabels: { teff: {} }\ncontinuum: { truncate: never }',
    'survey: lamost-lrs\nspectra: x\nlabels: { teff: {} }\nreference: { file: x, match: {} }',
    'survey: lamost-lrs\nspectra: x\nlabels: { teff: {} }\nreference: { file: x, match: { sky: 1 arcsec, filename: y } }',
    'survey: lamost-lrs\nspectra: x\nlabels: { teff: {} }\nreference: { file: x, match: { filename: y, ra: z } }',
  ])('and the parser both refuse %j', (text) => {
    expect(parseConfig(text, '/cannon.yaml').problems).not.toEqual([]);
    expect(validate(parse(text))).toBe(false);
  });
});
