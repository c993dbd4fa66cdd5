/**
 * How much of the code the tests of each layer run: lines and branches, by folder.
 *
 *   npm run coverage                       engine, contract, server, jobs and webviews
 *   npm run coverage -- engine server      these layers
 *   npm run coverage -- --again            the table of what was measured before
 *
 * Three sources are added up. What tests import is counted by vitest. Programs that they start, `dist/*`, leave V8's counts
 * when they end (`NODE_V8_COVERAGE`); one that is killed leaves none. Panels in a browser are counted by Chromium. Extension
 * hosts of VS Code and servers that it starts are ended hard and leave nothing: the layer `vscode` cannot be measured so.
 *
 * The table is printed and in `artifacts/coverage/table.md`; what no layer runs is in `artifacts/coverage/never.txt`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countsOf, offsetOf, placesIn } from './coverageCounts.mjs';
import { coverageTable, neverRun } from './coverageTable.mjs';
import { bundle, root, runScript, say } from './prepare.mjs';
import { StepError, run } from './processes.mjs';

const layers = ['engine', 'contract', 'server', 'jobs', 'webviews'];
const folder = join(root, 'artifacts', 'coverage');
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');

await runScript(async () => {
  const words = process.argv.slice(2);
  const again = words.includes('--again');
  const named = words.filter((word) => word !== '--again');
  const unknown = named.filter((name) => !layers.includes(name));
  if (unknown.length > 0)
    throw new StepError(
      `There is nothing to measure in ${unknown.join(', ')}.`,
      `The layers are: ${layers.join(', ')}.`,
    );
  const chosen = named.length > 0 ? named : layers;
  if (!again) {
    await bundle({ checkTypes: false });
    for (const layer of chosen) await measure(layer);
  }
  const units = await allUnits();
  const covered = new Map();
  for (const layer of layers.filter((name) => existsSync(join(folder, name))))
    covered.set(layer, await coveredBy(layer, units));
  const table = coverageTable(units, covered);
  await writeFile(join(folder, 'table.md'), `${table}\n`);
  await writeFile(join(folder, 'never.txt'), neverRun(units, covered));
  say(table);
  return 0;
});

/** Runs a layer; what it leaves is in a folder of its name. */
async function measure(layer) {
  const own = join(folder, layer);
  await rm(own, { recursive: true, force: true });
  await mkdir(join(own, 'processes'), { recursive: true });
  const options = ['enabled', 'reporter=json', `reportsDirectory=${join(own, 'imported')}`, 'reportOnFailure'];
  const { code, output } = await run(
    process.execPath,
    [vitest, 'run', '--project', layer, '--reporter=dot', ...options.map((option) => `--coverage.${option}`)],
    { cwd: root, env: { CANNON_COVERAGE: join(own, 'processes') } },
  );
  if (code !== 0)
    say(`Some tests of ${layer} fail while they are measured:\n${output.trim().split('\n').slice(-15).join('\n')}`);
}

/**
 * Statements and branches of every source, also of those that no test imports.
 * @returns {Promise<Map<string, { statements: Range[], branches: { place: Range, within: Range | null }[] }>>}
 */
async function allUnits() {
  const own = join(folder, 'units');
  if (!existsSync(join(own, 'coverage-final.json'))) await measureUnits(own);
  // The kernels' own sources run as WebAssembly, where V8 counts nothing.
  const files = Object.entries(readIstanbul(own)).filter(([path]) => !path.startsWith('engine/kernels/wasm/'));
  return new Map(files.map(([path, file]) => [path, unitsOf(file)]));
}

/** One quick test, with a look at all sources. */
async function measureUnits(own) {
  const include = ['engine', 'server', 'client', 'webviews'].map((name) => `--coverage.include=${name}/**/*.ts`);
  const options = ['enabled', 'reporter=json', `reportsDirectory=${own}`].map((option) => `--coverage.${option}`);
  await run(
    process.execPath,
    [vitest, 'run', 'test/engine/rounding.test.ts', '--project', 'engine', ...options, ...include],
    {
      cwd: root,
    },
  );
}

function readIstanbul(own) {
  const path = join(own, 'coverage-final.json');
  if (!existsSync(path)) return {};
  const files = Object.entries(JSON.parse(readFileSync(path, 'utf8')));
  return Object.fromEntries(files.map(([name, file]) => [relative(root, name).replaceAll('\\', '/'), file]));
}

/** An `else` that is not written is a branch, too; it ran where the `if` ran more often than what it holds. */
function unitsOf({ statementMap, branchMap }) {
  const branches = Object.values(branchMap).flatMap(({ loc, locations }) =>
    locations.map((place, i) =>
      place.start?.line === undefined ? { place: loc, without: locations[1 - i] ?? null } : { place, without: null },
    ),
  );
  return { statements: Object.values(statementMap), branches };
}

/** Per source the numbers of its statements and branches that a layer ran. */
async function coveredBy(layer, units) {
  const own = join(folder, layer);
  const covered = new Map([...units.keys()].map((path) => [path, { statements: new Set(), branches: new Set() }]));
  const imported = readIstanbul(join(own, 'imported'));
  for (const [path, file] of Object.entries(imported)) addImported(covered.get(path), units.get(path), file);
  for await (const script of scriptsOf(join(own, 'processes'))) addScript(covered, units, script);
  return covered;
}

function keyOf({ start, end }) {
  return `${start?.line}:${start?.column}-${end?.line}:${end?.column}`;
}

function addImported(covered, units, file) {
  if (covered === undefined || units === undefined) return;
  const ran = new Set();
  for (const [id, place] of Object.entries(file.statementMap)) if (file.s[id] > 0) ran.add(keyOf(place));
  units.statements.forEach((place, i) => ran.has(keyOf(place)) && covered.statements.add(i));
  const counts = Object.entries(file.branchMap).flatMap(([id, { locations }]) =>
    locations.map((_, i) => file.b[id][i]),
  );
  // Both lists come from the same text in the same way.
  if (counts.length === units.branches.length) counts.forEach((count, i) => count > 0 && covered.branches.add(i));
}

/** What processes and pages left: of each script its places and its counts. */
async function* scriptsOf(folder) {
  const known = new Map();
  for (const name of await readdir(folder)) {
    if (!/^(coverage|page)-.*\.json$/.test(name)) continue;
    let left;
    try {
      left = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    } catch {
      // A process that was killed while it wrote.
      continue;
    }
    for (const { url, functions } of left.result) {
      const path = url.startsWith('file:') ? fileURLToPath(url) : url;
      const isBundle = path.startsWith(join(root, 'dist')) || path.startsWith(folder);
      if (!isBundle || !existsSync(`${path}.map`)) continue;
      if (!known.has(path)) known.set(path, placesOfBundle(path));
      yield { places: known.get(path), count: countsOf(functions) };
    }
  }
}

function placesOfBundle(path) {
  const map = JSON.parse(readFileSync(`${path}.map`, 'utf8'));
  const places = placesIn(readFileSync(path, 'utf8'), map);
  // Bundles of pages were never written where their maps believe them to be: in a folder beside the sources.
  const base = path.startsWith(folder) ? join(root, 'dist') : dirname(path);
  return new Map([...places].map(([name, own]) => [relative(root, resolve(base, name)).replaceAll('\\', '/'), own]));
}

function addScript(covered, units, { places, count }) {
  for (const [path, own] of places) {
    const found = covered.get(path);
    if (found === undefined) continue;
    const { statements, branches } = units.get(path);
    const ran = (place) => {
      const offset = offsetOf(own, place);
      return offset === null ? 0 : count(offset);
    };
    statements.forEach((place, i) => found.statements.has(i) || (ran(place) > 0 && found.statements.add(i)));
    branches.forEach(({ place, without }, i) => {
      if (found.branches.has(i)) return;
      if (without === null ? ran(place) > 0 : ran(place) > ran(without)) found.branches.add(i);
    });
  }
}
