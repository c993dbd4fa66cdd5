/** `cannon analyse` as a shell runs it: files, exit codes, and what it says of mistakes. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { argumentsFor, choices } from '../../client/commands/analysisChoices';
import { readJob, readResult, readTable } from '../../engine/index';
import { writePlantedCatalog } from '../engine/mockTables';
import { cannon } from './command';

describe('cannon analyse', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cannon-analyse-'));
    writePlantedCatalog(folder, 1500, 3);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const analyse = (...args: string[]) => cannon(['analyse', ...args, '--catalog', 'catalog.csv'], folder);

  it('writes a picture, a table, numbers and a page, and prints the numbers', async () => {
    const { exitCode, stdout } = await analyse('map', '--x', 'teff', '--y', 'logg', '--value', 'fe_h', '--bins', '12');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Mean of [Fe/H] from');
    expect(readdirSync(join(folder, 'map')).sort()).toEqual(['map.csv', 'map.json', 'map.md', 'map.svg']);
    const numbers = JSON.parse(readFileSync(join(folder, 'map', 'map.json'), 'utf8')) as { numbers: unknown };
    expect(numbers.numbers).toMatchObject({ x: 'teff', bins: [12, 12] });
    expect(readFileSync(join(folder, 'map', 'map.md'), 'utf8')).toContain('](map.svg)');
  });

  it('is a run of the survey where it is asked to be, with the arguments that the editor gives', async () => {
    const choice = choices.find(({ analysis }) => analysis === 'cluster')!;
    const args = argumentsFor({ catalog: join(folder, 'catalog.csv'), table: join(folder, 'clusters.csv') }, choice, {
      cluster: 'Mock 5',
      where: 'snrz > 10',
    });
    const run = join(folder, '.cannon', 'runs', 'first');
    const { exitCode, events } = await cannon(
      ['analyse', 'cluster', '--run', run, '--config', join(folder, 'cannon.yaml'), ...args, '--format=fits'],
      folder,
    );
    expect(exitCode).toBe(0);
    expect(events.map(({ kind }) => kind)).toContain('progress');
    expect(await readJob(run)).toMatchObject({ command: 'analyse', options: { analysis: 'cluster' } });
    const result = await readResult(run);
    if (result?.command !== 'analyse') throw new Error('the run has no result of an analysis');
    expect(result.title).toBe('Mock 5: labels against effective temperature');
    const table = await readTable(result.table);
    expect([...table.columns.keys()]).toEqual(expect.arrayContaining(['id', 'label', 'teff', 'value', 'residual']));
  });

  it('says what is wrong in a sentence, and fails', async () => {
    const missing = await analyse('map', '--x', 'tef', '--y', 'logg');
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toContain('error CAN440 catalog.csv has no column "tef"');
    expect(missing.stderr).toContain('Did you mean "teff"?');
    const usage = await analyse('map', '--x', 'teff', '--y', 'logg', '--x-range', '3', '1');
    expect(usage.exitCode).toBe(4);
    expect(usage.stderr).toContain('two numbers, the smaller first');
  });
});

describe('the choices of an analysis', () => {
  it('become one argument each, values several', () => {
    const map = choices.find(({ analysis }) => analysis === 'map')!;
    const asked = argumentsFor({ catalog: '/a b/c.csv', table: null }, map, {
      ...{ x: 'teff', y: 'logg', value: 'fe_h, max(mg_fe, al_fe)', where: '' },
    });
    expect(asked).toEqual([
      ...['--json', '--catalog=/a b/c.csv', '--x=teff', '--y=logg', '--value', 'fe_h', 'max(mg_fe, al_fe)'],
    ]);
  });
});
