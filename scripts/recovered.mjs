/**
 * How well a trained model recovers labels that are known: inferred labels against the truth, for the stars that were
 * not in the training set. Pure but for `formatTables`, which pads text.
 *
 * Scatter is half the 16–84 % width of (inferred − true), bias its median, r Pearson's correlation of the two.
 */

/** @typedef {{ name: string, unit: string, column: string }} Label */

/**
 * Joins inferred labels with the truth by OBSID.
 * @param inferred rows of the CSV of `cannon infer`, keyed by column: `obsid`, the labels, `e_<label>`, `problem`
 * @param truth rows of truth.csv, keyed by column: `obsid` and the labels' columns
 * @param reference rows of the reference table; its stars are left out
 * @param labels of the config
 * @returns one `{ obsid, labels: { value, error, truth }[] }` a star, in the order of `inferred`
 */
export function unseenStars({ inferred, truth, reference, labels }) {
  const known = new Set(reference.map((row) => row.obsid));
  const truthOf = new Map(truth.map((row) => [row.obsid, row]));
  return inferred.flatMap((row) => {
    const trueRow = truthOf.get(row.obsid);
    if (known.has(row.obsid) || trueRow === undefined || row.problem) return [];
    const values = labels.map(({ name, column }) => ({
      value: number(row[name]),
      error: number(row[`e_${name}`]),
      truth: number(trueRow[column] ?? trueRow[name]),
    }));
    return [{ obsid: row.obsid, labels: values }];
  });
}

/** An empty cell is no number, least of all 0. */
const number = (cell) => (cell === undefined || cell.trim() === '' ? NaN : Number(cell));

/** Scatter, bias and correlation of each label over `stars`; stars without a number do not count. */
export function agreement(stars, labels) {
  return labels.map(({ name, unit }, l) => {
    const pairs = stars.map((star) => star.labels[l]).filter(({ value, truth }) => Number.isFinite(value - truth));
    const differences = pairs.map(({ value, truth }) => value - truth).sort((a, b) => a - b);
    return {
      name,
      unit,
      nStars: pairs.length,
      scatter: (quantile(differences, 0.84) - quantile(differences, 0.16)) / 2,
      bias: quantile(differences, 0.5),
      correlation: correlation(pairs),
    };
  });
}

/** Linear interpolation between the order statistics of a sorted list; NaN of an empty one. */
function quantile(sorted, fraction) {
  const place = fraction * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted.length === 0 ? NaN : sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

function correlation(pairs) {
  const mean = (key) => pairs.reduce((sum, pair) => sum + pair[key], 0) / pairs.length;
  const [meanValue, meanTruth] = [mean('value'), mean('truth')];
  const product = (a, b) => pairs.reduce((sum, pair) => sum + a(pair) * b(pair), 0);
  const value = (pair) => pair.value - meanValue;
  const truth = (pair) => pair.truth - meanTruth;
  return product(value, truth) / Math.sqrt(product(value, value) * product(truth, truth));
}

/** Both tables as text: how each label agrees, then the first `nShown` stars with value ± error and truth. */
export function formatTables(stars, labels, nShown = 8) {
  const summary = agreement(stars, labels).map(({ name, unit, nStars, scatter, bias, correlation: r }) => {
    const digits = decimals(scatter);
    const withUnit = (number) => `${fixed(number, digits)}${unit === '' ? '' : ` ${unit}`}`;
    return [name, withUnit(scatter), withUnit(bias), fixed(r, 3), String(nStars)];
  });
  const shown = stars.slice(0, nShown).map((star) => [
    star.obsid,
    ...star.labels.flatMap(({ value, error, truth }) => {
      const digits = decimals(error);
      return [`${fixed(value, digits)} ± ${fixed(error, digits)}`, fixed(truth, digits)];
    }),
  ]);
  const titles = labels.flatMap(({ name, unit }) => [unit === '' ? name : `${name} (${unit})`, 'true']);
  return [
    `Recovered against true labels of ${stars.length} stars that the model has not seen`,
    '',
    ...table([['label', 'scatter', 'bias', 'r', 'stars'], ...summary]),
    '',
    ...table([['star', ...titles], ...shown]),
  ].join('\n');
}

/** Decimals that show two digits of `error`. */
function decimals(error) {
  if (!(error > 0) || !Number.isFinite(error)) return 2;
  return Math.max(0, 1 - Math.floor(Math.log10(error)));
}

const fixed = (number, digits) => (Number.isFinite(number) ? number.toFixed(digits).replace('-', '−') : '–');

/** Columns padded to their widest cell, the first one to the left, under a rule. */
function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('   '),
  );
  return [lines[0], '─'.repeat(lines[0].length), ...lines.slice(1)];
}
