/** `cannon catalog` as a run: what it takes by itself, what it writes, and what it says where a table lacks something. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cannon } from './command';

const folder = mkdtempSync(join(tmpdir(), 'cannon-catalog-job-'));
const config = join(folder, 'cannon.yaml');
const labels = join(folder, 'labels.csv');
const header =
  'spectrum,obsid,designation,ra,dec,model,teff,e_teff,chi2,n_pixels,snrz,snr,converged,at_bound,n_rivals,rival_delta_chi2,problem';
const rows = Array.from({ length: 40 }, (_, k) => {
  const star = Math.floor(k / 2);
  return `s${k}.fits,${1000 + k},J${star},${10 + star},0,main,${5000 + k},20,${k === 7 ? 9000 : 3000},3000,${20 + k},20,true,,0,,`;
});

beforeAll(() => {
  writeFileSync(config, 'survey: lamost-lrs\nspectra: "*.fits"\nlabels: { teff: {} }\n');
  writeFileSync(labels, `${[header, ...rows].join('\n')}\n`);
  writeFileSync(join(folder, 'review.yaml'), '1002: { verdict: binary }\nJ4: { verdict: enriched in Ba }\n');
  mkdirSync(join(folder, 'runs'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function catalog(name: string, ...more: string[]) {
  const run = join(folder, 'runs', name);
  return cannon(['catalog', '--config', config, '--run', run, '--json', ...more]);
}

describe('cannon catalog', () => {
  it('writes a row a star and a row an observation, with verdicts and how many stars have each flag', async () => {
    const [out, observations] = [join(folder, 'a.csv'), join(folder, 'observations.csv')];
    const { exitCode, events } = await catalog('a', '--labels', labels, '--out', out, '--observations', observations);
    expect(exitCode).toBe(0);
    const stars = parse<Record<string, string>>(readFileSync(out), { columns: true });
    expect([stars.length, stars[0]!['teff'], stars[0]!['n_obs']]).toEqual([
      20,
      String((20 * 5000 + 21 * 5001) / 41),
      '2',
    ]);
    expect([stars[1]!['verdict'], stars[4]!['enriched_in'], stars[0]!['verdict']]).toEqual(['binary', 'Ba', '']);
    expect(parse<unknown>(readFileSync(observations), { columns: true }).length).toBe(40);
    const finished = events.at(-1)!;
    expect(finished).toMatchObject({ kind: 'finished', command: 'catalog', stars: 20, observations: 40, repeated: 20 });
    const counts = 'flags' in finished ? finished.flags : [];
    expect(counts).toContainEqual({ name: 'chi2', stars: 1 });
    expect(counts).toContainEqual({ name: 'reviewed_binary', stars: 1 });
    // What the table does not have is said once, and never flagged.
    expect('unset' in finished && finished.unset).toContain('emission');
    expect(events.filter((event) => event.kind === 'warning').map(({ code }) => code)).toEqual(['CAN361', 'CAN361']);
  });

  it('gives the same bytes whatever the workers', async () => {
    const paths = [1, 2].map((workers) => join(folder, `w${workers}.fits`));
    for (const [k, out] of paths.entries())
      expect((await catalog(`w${k}`, '--labels', labels, '--out', out, '--workers', String(k + 1))).exitCode).toBe(0);
    expect(readFileSync(paths[0]!).equals(readFileSync(paths[1]!))).toBe(true);
  });

  it.each([
    ['covariances that were not kept', ['--labels', labels, '--covariance'], /cannon infer --covariance/, 1],
    ['labels that were never inferred', [], /Run `cannon infer` first/, 1],
    [
      'a table of something else',
      ['--labels', join(folder, 'other.csv')],
      /is not a table that `cannon infer` wrote/,
      1,
    ],
    ['a file that is not there', ['--labels', join(folder, 'gone.csv')], /is not there/, 1],
    [
      'an ending that means no format',
      ['--labels', labels, '--out', join(folder, 'a.xlsx')],
      /No table can be written/,
      1,
    ],
  ] as const)('says in one sentence what to do about %s', async (what, more, words, exitCode) => {
    writeFileSync(join(folder, 'other.csv'), 'a,b\n1,2\n');
    // With a second label there are covariances to ask for.
    const two = join(folder, 'two.yaml');
    writeFileSync(two, 'survey: lamost-lrs\nspectra: "*.fits"\nlabels: { teff: {}, logg: {} }\n');
    const wide = join(folder, 'wide.csv');
    writeFileSync(wide, `${header},logg,e_logg\n${rows.map((row) => `${row},4,0.1`).join('\n')}\n`);
    const args = more.map((one) => (what.startsWith('covariances') && one === labels ? wide : one));
    const found = await cannon([
      'catalog',
      '--config',
      what.startsWith('covariances') ? two : config,
      '--json',
      ...args,
    ]);
    expect(found.exitCode).toBe(exitCode);
    const failed = found.events.at(-1)!;
    expect(failed.kind === 'failed' && `${failed.code} ${failed.message}. ${failed.hint}`).toMatch(words);
    expect(failed.kind === 'failed' && failed.code).toMatch(/CAN360|CAN405/);
  });
});
