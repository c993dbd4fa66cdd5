/**
 * How this reader, fitsjs and fitsjs-ng read the FITS collection, against what astropy reads in it. Prints a table, and with `--write`
 * puts it into docs/fits.md.
 *
 *   npm run bench:fits-conformance -- [--write]
 *
 * Of the foreign readers only the values of images and columns are compared, of ours the headers and descriptions, too. Each reading is a
 * process of its own with 10 s. Needs the real data: $CANNON_DATA, or ../shared/data. Exit code 1 when ours is not right everywhere.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { reportFits } from '../../engine/fits/report';
import { UserError } from '../../engine/problems';
import { disagreements, expectedFits, valueDisagreements } from '../engine/expectedFits';
import { readForeign, type Library } from './foreignFits';

const root = fileURLToPath(new URL('../..', import.meta.url));
const dataFolder = process.env['CANNON_DATA'] ?? join(root, '..', 'shared', 'data');
/** The bundle itself, which reads one file with a foreign library when it is asked to. */
const self = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);
const LIMIT_MS = 10_000;

/** An error is an exception, as these libraries throw it; refused is a sentence for the user. */
type Verdict = 'right' | 'wrong' | 'refused' | 'error' | 'hang' | 'crash';
interface Outcome {
  readonly verdict: Verdict;
  readonly why: string;
}

if (args[0] === '--read') {
  const listing = await readForeign(args[1] as Library, args[2]!, root);
  process.stdout.write(JSON.stringify(listing));
} else {
  process.exitCode = compareAll(args.includes('--write'));
}

function compareAll(write: boolean): number {
  const expected = expectedFits(dataFolder);
  const readers = {
    cannon: readOurs,
    fitsjs: (name: string) => readInProcess('fitsjs', name),
    'fitsjs-ng': (name: string) => readInProcess('fitsjs-ng', name),
  };
  const rows = Object.keys(expected).map((name) => {
    const listing = expected[name]!;
    const reference = Array.isArray(listing) ? listing : unpackedByGzip(name);
    const outcomes = Object.entries(readers).map(([reader, read]) => judge(read(name), reference, reader === 'cannon'));
    process.stderr.write(`${name}: ${outcomes.map(({ verdict }) => verdict).join(' ')}\n`);
    return { name, outcomes };
  });
  const counts = (verdict: Verdict) =>
    Object.keys(readers).map((_, i) => rows.filter(({ outcomes }) => outcomes[i]!.verdict === verdict).length);
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const table = [
    line(['file', 'this reader', 'fitsjs 0.6.6', 'fitsjs-ng 1.0.2']),
    line(['---', '---', '---', '---']),
    ...rows.map(({ name, outcomes }) => line([`\`${name}\``, ...outcomes.map(({ verdict }) => verdict)])),
    ...(['right', 'wrong', 'refused', 'error', 'hang', 'crash'] as const).map((verdict) =>
      line([`**${verdict}**`, ...counts(verdict)]),
    ),
  ].join('\n');
  process.stdout.write(`${table}\n`);
  for (const { name, outcomes } of rows)
    outcomes.forEach(({ verdict, why }, i) => {
      if (verdict !== 'right') process.stderr.write(`${Object.keys(readers)[i]!} ${name}: ${verdict}, ${why}\n`);
    });
  if (write) writeTable(table);
  return counts('right')[0] === rows.length ? 0 : 1;
}

type Listing = readonly Readonly<Record<string, unknown>>[];

/** What astropy cannot unpack, as it would list it: this reader's own listing of what gzip unpacks. */
function unpackedByGzip(name: string): Listing {
  const bytes = execFileSync('gzip', ['-dc', join(dataFolder, 'fits', name)]);
  return reportFits(bytes, name).hdus as unknown as Listing;
}

function judge(read: { listing: Listing } | Outcome, expected: Listing, isOurs: boolean): Outcome {
  if ('verdict' in read) return read;
  const found = (isOurs ? disagreements : valueDisagreements)(read.listing, expected);
  return { verdict: found.length === 0 ? 'right' : 'wrong', why: found.slice(0, 3).join('; ') };
}

function readOurs(name: string): { listing: Listing } | Outcome {
  try {
    const { hdus, problem } = reportFits(readFileSync(join(dataFolder, 'fits', name)), name);
    if (problem !== null) throw problem;
    return { listing: hdus as unknown as Listing };
  } catch (error) {
    if (error instanceof UserError) return { verdict: 'refused', why: error.message };
    return { verdict: 'crash', why: String(error) };
  }
}

function readInProcess(library: Library, name: string): { listing: Listing } | Outcome {
  const path = join(dataFolder, 'fits', name);
  const { status, signal, error, stdout, stderr } = spawnSync(process.execPath, [self, '--read', library, path], {
    encoding: 'utf8',
    timeout: LIMIT_MS,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 28,
  });
  if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT') return { verdict: 'hang', why: '10 s' };
  if (signal !== null) return { verdict: 'crash', why: signal };
  // A process that ends without having called back never would.
  if (status === 13 || (status === 0 && stdout === '')) return { verdict: 'hang', why: 'it never answers' };
  if (status !== 0) return { verdict: 'error', why: /\w*Error: .*/.exec(stderr)?.[0] ?? stderr.slice(0, 100) };
  return { listing: JSON.parse(stdout) as Listing };
}

function writeTable(table: string): void {
  const path = join(root, 'docs', 'fits.md');
  const text = readFileSync(path, 'utf8');
  const [begin, end] = ['<!-- conformance -->\n\n', '\n\n<!-- end of conformance -->'];
  const [before = '', rest = ''] = text.split(begin);
  writeFileSync(path, `${before}${begin}${table}${end}${rest.split(end)[1] ?? ''}`);
}
