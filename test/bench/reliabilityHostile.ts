/**
 * What people would not put among their spectra, tables and runs, but a broken disk, a careless script or a stranger may:
 * damaged FITS files, odd names, pipes, devices, circles of links, files of 5 GB, packed files that unpack without end, tables,
 * models and run folders of which nothing is true.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { mutantOf, originals, type Original } from './fitsMutants';
import type { Survey } from './reliabilityEvents';

/** What is asked of the command line, of what, and the exit codes that are right. */
export type Asked = readonly [name: string, args: string[], exitCodes: number[]];

/** Puts them among the survey's spectra. */
export function strew(survey: Survey, seed: number, nMutants: number): void {
  const folder = join(survey.folder, 'spectra', 'hostile');
  mkdirSync(folder);
  const good = join(survey.store, 'spectrum.fits.gz');
  const plain = gunzipSync(readFileSync(good));
  const own: Original[] = [{ name: 'own.fits', bytes: new Uint8Array(plain) }];
  const data = process.env['CANNON_DATA'];
  const sources = data !== undefined && existsSync(data) ? [...own, ...originals(data)] : own;
  for (let n = 0; n < nMutants; n++)
    writeFileSync(join(folder, `m${n}.fits.gz`), mutantOf(n % 2 === 0 ? own : sources, seed, n).bytes);
  execFileSync('mkfifo', [join(folder, 'pipe.fits.gz')]);
  symlinkSync('/dev/zero', join(folder, 'device.fits.gz'));
  symlinkSync('circle.fits.gz', join(folder, 'circle.fits.gz'));
  symlinkSync('.', join(folder, 'itself'));
  symlinkSync('..', join(folder, 'above'));
  mkdirSync(join(folder, 'folder.fits.gz'));
  for (const name of oddNames) copyFileSync(good, join(folder, name));
  copyFileSync(
    good,
    Buffer.concat([Buffer.from(join(folder, 'not-utf8-')), Buffer.from([0xff, 0xfe]), Buffer.from('.fits.gz')]),
  );
  writeFileSync(join(folder, 'huge.fits.gz'), plain);
  truncateSync(join(folder, 'huge.fits.gz'), 5e9);
  // 3 GB of nothing behind a sound header.
  const nothing = gzipSync(new Uint8Array(1e8), { level: 9 });
  const head = gzipSync(plain.subarray(0, 2880 * 2));
  writeFileSync(join(folder, 'bomb.fits.gz'), Buffer.concat([head, ...Array.from({ length: 30 }, () => nothing)]));
}

const oddNames = [
  'two\nlines.fits.gz',
  'red\x1b[31m.fits.gz',
  '\u202egnp.fits.gz',
  'it\'s; $(x) `y` "z".fits.gz',
  '🔭 Ξ Tau.fits.gz',
  '-rf.fits.gz',
  `${'x'.repeat(247)}.fits.gz`.slice(-255),
];

/** Tables, models and their like, each with the command that reads it. */
export function hostileInputs(survey: Survey, folder: string): Asked[] {
  const put = (name: string, content: string | Uint8Array, size?: number) => {
    writeFileSync(join(folder, name), content);
    if (size !== undefined) truncateSync(join(folder, name), size);
    return join(folder, name);
  };
  const withTable = (name: string, content: string | Uint8Array, size?: number): Asked => {
    const table = put(name, content, size);
    const config = join(survey.folder, `${name}.yaml`);
    const own = survey.sound.replace('file: labels.csv', `file: ${table}`);
    writeFileSync(config, own.replace(/spectra: .*/, 'spectra: spectra/HD*/*.fits.gz'));
    return [`train on the table ${name}`, ['train', '--config', config, '--run', join(folder, `run-${name}`)], [1, 2]];
  };
  const bomb = [
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">',
    ...Array.from({ length: 12 }, (_, n) => `<!ENTITY a${n} "${`&a${n === 0 ? '' : n - 1};`.repeat(10)}">`),
    ']><VOTABLE>&a11;</VOTABLE>',
  ].join('');
  const nested = `<VOTABLE>${'<RESOURCE>'.repeat(200_000)}`;
  const parquet = readFileSync(survey.catalog);
  const model = (name: string, bytes: Uint8Array, size?: number): Asked => [
    `infer with ${name}`,
    ['infer', '--config', survey.config, '--model', put(name, bytes, size), '--run', join(folder, `run-${name}`)],
    [1, 2],
  ];
  const good = readFileSync(survey.model);
  const header = readFileSync(join(survey.store, 'labels.csv'), 'utf8').split('\n')[0]!;
  return [
    withTable('columns.csv', `${Array.from({ length: 1_000_000 }, (_, n) => `c${n}`).join(',')}\n`),
    withTable('line.csv', `${header}\n${'1'.repeat(100_000_000)}`),
    withTable('quote.csv', `${header}\n"${'1,\n'.repeat(3_000_000)}`),
    withTable('huge.csv', `${header}\n`, 2.5e9),
    withTable(
      'bomb.csv.gz',
      Buffer.concat(Array.from({ length: 30 }, () => gzipSync(Buffer.alloc(1e8, 44), { level: 9 }))),
    ),
    withTable('bomb.vot', bomb),
    withTable('nested.vot', nested),
    withTable('cut.parquet', parquet.subarray(0, parquet.length >> 1)),
    withTable('huge.parquet', parquet, 5e9),
    model('cut.fits', good.subarray(0, good.length >> 1)),
    model('forged.fits', mutantOf([{ name: 'model', bytes: new Uint8Array(good) }], 7, 3).bytes.slice(0, 2880 * 3)),
    model('huge.fits', good, 5e9),
    [
      'map a catalog of 5 GB',
      ['analyse', 'map', '--catalog', put('huge-catalog.parquet', parquet, 5e9), '--x', 'teff', '--y', 'logg'],
      [1, 2, 4],
    ],
  ];
}

const job = (survey: Survey) =>
  JSON.parse(readFileSync(join(survey.store, 'job.json'), 'utf8')) as Record<string, unknown>;
const deep = (n: number) => '['.repeat(n) + ']'.repeat(n);
const event = (what: object) => `${JSON.stringify({ time: '2026-11-20T00:00:00.000Z', ...what })}\n`;

/** Files of runs, each of which is to be read, or refused with a sentence. */
export function forgedRuns(survey: Survey): Readonly<Record<string, Readonly<Record<string, string | Uint8Array>>>> {
  const sound = JSON.stringify(job(survey));
  const binary = Uint8Array.from({ length: 1_000_000 }, (_, n) => (n * 7919) % 251);
  const progress = event({ kind: 'progress', stage: 'Training main', done: 1, total: 2 });
  return {
    'job.json without sense': {
      'job.json':
        '{"format":2,"command":"train","config":"/nowhere","started":"x","resolved":{"labels":7},"inputs":null,"options":[1]}',
      'events.jsonl': '{"kind":"progress","done":1e999}\n'.repeat(5),
    },
    'job.json of another kind': { 'job.json': '[1, null]' },
    'job.json of 100 MB': { 'job.json': `{"a":"${'x'.repeat(1e8)}"}` },
    'job.json nested 100,000 deep': { 'job.json': deep(100_000) },
    'job.json binary': { 'job.json': binary },
    'job.json with another prototype': {
      'job.json': sound.replace('{', '{"__proto__":{"command":"infer"},"constructor":1,'),
    },
    'events.jsonl of 200 MB': { 'job.json': sound, 'events.jsonl': progress.repeat(Math.ceil(2e8 / progress.length)) },
    'events.jsonl of one line of 600 MB': { 'job.json': sound, 'events.jsonl': new Uint8Array(6e8).fill(120) },
    'events.jsonl binary': { 'job.json': sound, 'events.jsonl': binary },
    'events.jsonl nested 100,000 deep': {
      'job.json': sound,
      'events.jsonl': `${progress}${deep(100_000)}\n${progress}`,
    },
    'events.jsonl of other kinds': {
      'job.json': sound,
      'events.jsonl': [
        ...[
          { kind: 'finished' },
          { kind: 'failed', message: 7 },
          { kind: 'progress', stage: null, done: 'x', total: -1 },
        ],
        ...[{ kind: 'warning', message: { a: 1 } }, { kind: '__proto__' }, { kind: 'started', time: 'never' }],
      ]
        .map(event)
        .join(''),
    },
    'result.json of 200 MB': {
      'job.json': sound,
      'result.json': `{"kind":"finished","models":["${'x'.repeat(2e8)}"]}`,
    },
    'result.json nested 100,000 deep': { 'job.json': sound, 'result.json': deep(100_000) },
    'result.json binary': { 'job.json': sound, 'result.json': binary },
    'result.json of other kinds': {
      'job.json': sound,
      'result.json': '{"kind":"finished","result":{"command":"train","models":[{"path":7},null,"\\u001b[31m"]}}',
    },
    'log and lock binary': { 'job.json': sound, 'log.txt': binary, lock: binary, cancel: binary },
  };
}
