/** Coverage as a table of folders and layers, and as a list of what no layer runs. */

/** Rooms of the code, each a row: folders of the engine and of the webviews, and what lies beside them. */
function roomOf(path) {
  const parts = path.split('/');
  return parts.length > 2 && ['engine', 'webviews', 'client'].includes(parts[0]) ? `${parts[0]}/${parts[1]}` : parts[0];
}

/** The lines that hold the beginning of a statement, each with the numbers of its statements. */
function linesOf({ statements }) {
  const lines = new Map();
  statements.forEach(({ start }, i) => lines.set(start.line, [...(lines.get(start.line) ?? []), i]));
  return lines;
}

const percent = (part, all) => (all === 0 ? '–' : `${((100 * part) / all).toFixed(1)}`);

/**
 * Lines and branches run, in percent, of each room by each layer and by all of them.
 * @param {Map<string, object>} units by path
 * @param {Map<string, Map<string, { statements: Set<number>, branches: Set<number> }>>} covered by layer and path
 */
export function coverageTable(units, covered) {
  const layers = [...covered.keys(), 'any'];
  const rooms = new Map();
  for (const [path, own] of units) {
    const [lines, rows] = [linesOf(own), [roomOf(path), 'all']];
    for (const row of rows) {
      const room = rooms.get(row) ?? { lines: 0, branches: 0, ran: layers.map(() => [0, 0]) };
      room.lines += lines.size;
      room.branches += own.branches.length;
      layers.forEach((layer, i) => {
        const { statements, branches } = ranBy(covered, layer, path);
        for (const ids of lines.values()) room.ran[i][0] += ids.some((id) => statements.has(id)) ? 1 : 0;
        room.ran[i][1] += branches.size;
      });
      rooms.set(row, room);
    }
  }
  const order = [...rooms].sort(([a], [b]) => (a === 'all' ? 1 : b === 'all' ? -1 : a < b ? -1 : 1));
  return [
    `| folder | lines | branches | ${layers.join(' | ')} |`,
    `| --- |${' --: |'.repeat(layers.length + 2)}`,
    ...order.map(([name, { lines, branches, ran }]) => {
      const cells = ran.map(([l, b]) => (l + b === 0 ? '' : `${percent(l, lines)} / ${percent(b, branches)}`));
      return `| ${[name === 'all' ? name : `\`${name}\``, lines, branches, ...cells].join(' | ')} |`;
    }),
  ].join('\n');
}

/** What a layer ran of a file; any layer, for `any`. */
function ranBy(covered, layer, path) {
  const own = (layer === 'any' ? [...covered.values()] : [covered.get(layer)]).map((files) => files.get(path));
  return {
    statements: new Set(own.flatMap(({ statements }) => [...statements])),
    branches: new Set(own.flatMap(({ branches }) => [...branches])),
  };
}

/** A line for each stretch of lines that no layer runs: `path:from-to`. */
export function neverRun(units, covered) {
  const found = [];
  for (const [path, own] of units) {
    const { statements } = ranBy(covered, 'any', path);
    const lines = [...linesOf(own)].sort(([a], [b]) => a - b);
    let from = null;
    let last = null;
    const end = () => {
      if (from !== null) found.push(`${path}:${from}${last === from ? '' : `-${last}`}`);
      from = null;
    };
    for (const [line, ids] of lines) {
      if (ids.some((id) => statements.has(id))) end();
      else {
        from ??= line;
        last = line;
      }
    }
    end();
  }
  return `${found.join('\n')}\n`;
}
