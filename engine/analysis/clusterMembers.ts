/** Which stars of a catalog are members of a cluster: by a column of the catalog, or by a table of members, joined by id or position. */
import { listNames, nearest } from '../config/suggest';
import { UserError } from '../problems';
import { matchKey } from '../reference/match';
import { SkyIndex } from '../reference/skyIndex';
import { AnalysisTable } from './analysisTable';
import { bestRowOfKey, positionNames, positionsOf, usualIdNames } from './starRows';

export interface MembersAsked {
  readonly members?: string;
  /** The cluster that is meant, where a table or a column has several. */
  readonly cluster?: string;
  /** Column of the clusters' names: of the catalog where there is no table of members, else of that table. */
  readonly column?: string;
  readonly id?: string;
  readonly memberId?: string;
  readonly radiusArcsec?: number;
  readonly probability?: string;
  readonly minProbability: number;
}

export interface Members {
  /** Rows of the catalog, rising. */
  readonly rows: readonly number[];
  readonly name: string;
  /** How membership was told, in words. */
  readonly how: string;
  readonly warnings: readonly string[];
}

const probabilityNames = ['probability', 'membership', 'pmemb', 'prob', 'proba'];
const usualRadiusArcsec = 2;

/** What the join needs of the catalog. */
export interface MemberColumns {
  readonly catalog: readonly string[];
  readonly find: () => Members;
}

/** @throws UserError CAN440 for columns that are not there, CAN443 where nobody is a member. */
export async function memberColumns(catalog: AnalysisTable, asked: MembersAsked): Promise<MemberColumns> {
  if (asked.members === undefined) {
    const column = catalog.require(asked.column ?? 'cluster');
    return { catalog: [column], find: () => byColumn(catalog, column, asked.cluster) };
  }
  const table = await AnalysisTable.open(asked.members);
  const nameColumn = asked.column === undefined ? table.find('cluster') : table.require(asked.column);
  const given = asked.probability === undefined ? null : table.require(asked.probability);
  const probability = given ?? table.firstOf(probabilityNames);
  const ids = asked.radiusArcsec === undefined ? idColumns(catalog, table, asked) : null;
  const tableColumns = [nameColumn, probability, ids?.member ?? null].filter((name) => name !== null);
  await table.need([...tableColumns, ...(ids === null ? positionNames(table) : [])]);
  const join = ids === null ? () => rowsBySky(catalog, table, asked) : () => rowsById(catalog, table, ids);
  return {
    catalog: ids === null ? positionNames(catalog) : [ids.star],
    find: () => {
      const chosen = chooseCluster(table, nameColumn, asked.cluster);
      const likely = probability === null ? null : table.numbers(probability);
      const { rowOf, how, warnings } = join();
      const rows = new Set<number>();
      for (const member of chosen.rows) {
        if (likely !== null && !(likely[member]! >= asked.minProbability)) continue;
        const row = rowOf(member);
        if (row >= 0) rows.add(row);
      }
      if (rows.size === 0)
        throw new UserError(
          `No member of ${chosen.name} in ${table.file} is in ${catalog.file}`,
          `Members were looked for by ${how}${probability === null ? '' : `, with ${probability} of at least ${asked.minProbability}`}.`,
          'CAN443',
        );
      const limit = probability === null ? '' : `, ${probability} ≥ ${asked.minProbability}`;
      return {
        rows: [...rows].sort((a, b) => a - b),
        name: chosen.name,
        how: `${table.file} by ${how}${limit}`,
        warnings,
      };
    },
  };
}

/** Members of the cluster that is asked for, or of the only one. */
function chooseCluster(table: AnalysisTable, column: string | null, cluster: string | undefined) {
  if (column === null) {
    const rows = Array.from({ length: table.nRows }, (_, row) => row);
    return { name: cluster ?? table.file.replace(/\.\w+$/, '').replaceAll('_', ' '), rows };
  }
  const rowsOf = new Map<string, number[]>();
  table.column(column).values.forEach((value, row) => {
    const name = value === null ? '' : String(value).trim();
    if (name === '') return;
    const rows = rowsOf.get(name);
    if (rows === undefined) rowsOf.set(name, [row]);
    else rows.push(row);
  });
  const names = [...rowsOf]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([name, { length }]) => `${name} (${length})`);
  const wanted = cluster ?? (rowsOf.size === 1 ? [...rowsOf.keys()][0]! : null);
  if (wanted === null)
    throw new UserError(
      rowsOf.size === 0
        ? `Column "${column}" of ${table.file} names no cluster`
        : `${table.file} holds ${rowsOf.size} clusters`,
      rowsOf.size === 0 ? 'Name another with --column.' : `Choose one with --cluster: ${listNames(names)}.`,
      'CAN443',
    );
  const found = [...rowsOf.keys()].find((name) => name.toLowerCase() === wanted.toLowerCase());
  if (found === undefined) {
    const near = nearest(wanted, rowsOf.keys());
    throw new UserError(
      `Column "${column}" of ${table.file} has no cluster "${wanted}"`,
      `${near === null ? '' : `Did you mean "${near}"? `}It has ${listNames(names)}.`,
      'CAN443',
    );
  }
  return { name: found, rows: rowsOf.get(found)! };
}

function byColumn(catalog: AnalysisTable, column: string, cluster: string | undefined): Members {
  const { name, rows } = chooseCluster(catalog, column, cluster);
  return { rows, name, how: `column ${column}`, warnings: [] };
}

interface IdColumns {
  readonly star: string;
  readonly member: string;
}

/** The ids that both tables have; null where the join must be by position. */
function idColumns(catalog: AnalysisTable, table: AnalysisTable, { id, memberId }: MembersAsked): IdColumns | null {
  if (memberId !== undefined || id !== undefined) {
    const name = id ?? memberId!;
    return { star: catalog.require(name), member: table.require(memberId ?? name) };
  }
  const shared = usualIdNames.find((name) => catalog.find(name) !== null && table.find(name) !== null);
  return shared === undefined ? null : { star: catalog.require(shared), member: table.require(shared) };
}

interface Join {
  /** The catalog's row of a row of the members' table, or −1. */
  readonly rowOf: (member: number) => number;
  readonly how: string;
  readonly warnings: readonly string[];
}

function rowsById(catalog: AnalysisTable, table: AnalysisTable, { star, member }: IdColumns): Join {
  const { rowOfKey, warning } = bestRowOfKey(catalog, star);
  const ids = table.column(member).values;
  return {
    rowOf: (row) => rowOfKey.get(matchKey(ids[row]!) ?? '') ?? -1,
    how: star === member ? star : `${member} = ${star}`,
    warnings: warning === null ? [] : [warning],
  };
}

function rowsBySky(
  catalog: AnalysisTable,
  table: AnalysisTable,
  { radiusArcsec = usualRadiusArcsec }: MembersAsked,
): Join {
  const [stars, members] = [positionsOf(catalog), positionsOf(table)];
  const index = new SkyIndex(stars.ra, stars.dec);
  const rowOf = (member: number) => {
    let [best, least] = [-1, Infinity];
    index.within(members.ra[member]!, members.dec[member]!, radiusArcsec / 3600, (row, distance) => {
      if (distance < least || (distance === least && row < best)) [best, least] = [row, distance];
    });
    return best;
  };
  return { rowOf, how: `position within ${radiusArcsec}″`, warnings: [] };
}
