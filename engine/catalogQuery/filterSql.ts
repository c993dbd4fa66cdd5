/**
 * Makes the SQL of a search from its tree. Only what is built here runs: names are those of the catalog's own columns, texts are
 * quoted anew, functions come from a list. Kinds are checked on the way, so that what DuckDB gets is always sound.
 *
 * Missing values are NULL, be they NULL, NaN, infinite or "" in the file: a condition on one is neither true nor false.
 */
import { flagBits } from '../catalog/flagBits';
import { listNames, nearest } from '../config/suggest';
import { sqlName, sqlText } from '../reference/duckdb';
import type { FilterNode } from './filter';
import { filterCalls, filterFunctions, filterStatistics } from './filterFunctions';
import { matchSql } from './filterPattern';
import { type Place, refuse } from './filterTokens';
import {
  clean,
  type ColumnKind,
  compared,
  computed,
  conditionOf,
  doubleOf,
  negative,
  numberLiteral,
  textOf,
  truth,
  type Value,
} from './filterValue';

export interface FilterColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** Its value in SQL, NULL where it is missing. */
  readonly sql: string;
}

export interface FilterScope {
  readonly columns: readonly FilterColumn[];
  /** What follows FROM for the whole catalog. */
  readonly from: string;
}

const mostSql = 200_000;

/** A condition in SQL, and the columns that it uses. @throws FilterError with the place in the search */
export function filterSql(root: FilterNode, scope: FilterScope): { sql: string; columns: ReadonlySet<string> } {
  const writer = new SqlWriter(scope);
  const sql = writer.condition(root);
  return { sql, columns: writer.used };
}

class SqlWriter {
  readonly used = new Set<string>();

  constructor(private readonly scope: FilterScope) {}

  condition(node: FilterNode): string {
    return conditionOf(this.value(node), node);
  }

  private value(node: FilterNode): Value {
    const value = this.valueOf(node);
    if (value.sql.length > mostSql) refuse(node, 'The search is nested too deeply', 'Write it with fewer functions.');
    return value;
  }

  private valueOf(node: FilterNode): Value {
    switch (node.kind) {
      case 'number':
        return numberLiteral(node.text, node);
      case 'text':
        return { kind: 'text', sql: sqlText(node.text), literal: node.text };
      case 'boolean':
        return truth(node.value ? 'TRUE' : 'FALSE');
      case 'null':
        return { kind: 'null', sql: 'NULL' };
      case 'column':
        return this.column(node.text, node);
      case 'all':
      case 'any':
        return truth(
          `(${node.parts.map((part) => this.condition(part)).join(node.kind === 'all' ? ' AND ' : ' OR ')})`,
        );
      case 'not':
        return truth(`(NOT ${this.condition(node.operand)})`);
      case 'minus':
        if (node.operand.kind === 'number') return negative(numberLiteral(node.operand.text, node));
        return computed(`(- ${this.double(node.operand)})`);
      case 'cast':
        return this.cast(node);
      case 'call':
        return this.call(node);
      case 'case':
        return this.choice(node.branches, node.otherwise, node);
      default:
        return this.predicate(node);
    }
  }

  private predicate(
    node: Extract<FilterNode, { kind: 'compare' | 'math' | 'between' | 'in' | 'is' | 'like' | 'ilike' | 'regex' }>,
  ): Value {
    switch (node.kind) {
      case 'compare':
        return compared(this.value(node.left), node.operator, this.value(node.right), node);
      case 'math':
        return this.math(node.operator, node.left, node.right);
      case 'between': {
        const value = this.value(node.value);
        const low = compared(value, '>=', this.value(node.low), node);
        return truth(`(${low.sql} AND ${compared(value, '<=', this.value(node.high), node).sql})`);
      }
      case 'in': {
        const value = this.value(node.value);
        const tests = node.list.map((item) => compared(value, '=', this.value(item), item).sql);
        return truth(`(${tests.join(' OR ')})`);
      }
      case 'is':
        if (node.what === 'null') return truth(`(${clean(this.value(node.value)).sql} IS NULL)`);
        return truth(`(${this.condition(node.value)} IS ${node.what.toUpperCase()})`);
      default:
        return truth(matchSql(node.kind, this.text(node.value), node.pattern));
    }
  }

  private column(name: string, place: Place): Value {
    const { columns } = this.scope;
    const found = columns.find((one) => one.name === name) ?? theOnly(columns, name);
    if (found === null) {
      const meant = nearest(
        name,
        columns.map((one) => one.name),
      );
      const isCall = filterCalls.some((one) => one.name === name.toLowerCase());
      refuse(
        place,
        `The catalog has no column "${name}"`,
        isCall
          ? `"${name}" is a function: write its values in parentheses.`
          : meant === null
            ? `Texts stand in single quotes. Columns are ${listNames(columns.map((one) => one.name))}.`
            : `Did you mean ${writtenColumn(meant)}? Texts stand in single quotes.`,
        meant === null || isCall ? undefined : writtenColumn(meant),
      );
    }
    this.used.add(found.name);
    return { kind: found.kind, sql: found.sql };
  }

  private double(node: FilterNode): string {
    return doubleOf(this.value(node), node);
  }

  private text(node: FilterNode): string {
    return textOf(this.value(node), node);
  }

  private math(operator: string, left: FilterNode, right: FilterNode): Value {
    if (operator === '||') return { kind: 'text', sql: `(${this.text(left)} || ${this.text(right)})` };
    const [a, b] = [this.double(left), this.double(right)];
    if (operator === '&' || operator === '|') {
      return { kind: 'integer', sql: `(TRY_CAST(${a} AS BIGINT) ${operator} TRY_CAST(${b} AS BIGINT))` };
    }
    return computed(operator === '^' ? `pow(${a}, ${b})` : `(${a} ${operator} ${b})`);
  }

  private cast({ value: node, to }: Extract<FilterNode, { kind: 'cast' }>): Value {
    const { kind, sql } = clean(this.value(node));
    if (to === 'double') return computed(`TRY_CAST(${sql} AS DOUBLE)`);
    if (to === 'text') return { kind: 'text', sql: `CAST(${sql} AS VARCHAR)` };
    return { kind: 'integer', sql: kind === 'integer' ? sql : `TRY_CAST(${sql} AS BIGINT)` };
  }

  private choice(
    branches: readonly (readonly [FilterNode, FilterNode])[],
    otherwise: FilterNode | null,
    place: Place,
  ): Value {
    const whens = branches.map(([when]) => this.condition(when));
    const thens = [...branches.map(([, then]) => then), ...(otherwise === null ? [] : [otherwise])];
    const { values, kind } = this.ofOneKind(thens, place);
    const cases = whens.map((when, i) => `WHEN ${when} THEN ${values[i]}`).join(' ');
    const rest = otherwise === null ? '' : ` ELSE ${values.at(-1)!}`;
    return { kind, sql: `(CASE ${cases}${rest} END)`, isComputed: kind === 'number' };
  }

  private ofOneKind(nodes: readonly FilterNode[], place: Place): { values: string[]; kind: ColumnKind } {
    const values = nodes.map((node) => this.value(node));
    const kinds = new Set(values.map(({ kind }) => kind).filter((kind) => kind !== 'null'));
    if (kinds.has('number')) kinds.delete('integer');
    if (kinds.size > 1) refuse(place, 'The results are of different kinds', 'Let all be numbers, or all texts.');
    const kind = [...kinds][0] ?? 'number';
    const write = (value: Value, i: number) =>
      kind === 'number' ? doubleOf(value, nodes[i]!) : kind === 'text' ? textOf(value, nodes[i]!) : value.sql;
    return { values: values.map(write), kind };
  }

  private call(node: Extract<FilterNode, { kind: 'call' }>): Value {
    const { name, args } = node;
    if (name === 'has') return this.has(args, node);
    if (name in filterStatistics) return this.statistic(name, args, node);
    if (name === 'if') {
      if (args.length !== 3) refuse(node, '"if" takes 3 values', 'Write if(condition, a, b).');
      return this.choice([[args[0]!, args[1]!]], args[2]!, node);
    }
    if (name === 'coalesce') {
      const { values, kind } = this.ofOneKind(args, node);
      if (values.length === 0) refuse(node, '"coalesce" needs values', 'Write coalesce(a, b).');
      return { kind, sql: `coalesce(${values.join(', ')})`, isComputed: kind === 'number' };
    }
    if (name === 'isnan') {
      if (args.length !== 1) refuse(node, '"isnan" takes 1 value', 'Write isnan(x).');
      return truth(`(${clean(this.value(args[0]!)).sql} IS NULL)`);
    }
    const known = Object.hasOwn(filterFunctions, name) ? filterFunctions[name] : undefined;
    if (known === undefined) {
      const names = [...new Set(filterCalls.map((one) => one.name))];
      const place = { start: node.start, end: node.start + name.length };
      const meant = nearest(name, names);
      const hint = meant === null ? `Functions are ${listNames(names, 50)}.` : `Did you mean ${meant}?`;
      refuse(place, `There is no function "${name}" in searches`, hint, meant ?? undefined);
    }
    const { args: kinds, nOptional = 0, isOpen = false, result, sql, usage } = known;
    if (args.length < kinds.length - nOptional || (args.length > kinds.length && !isOpen)) {
      const count = nOptional === 0 ? String(kinds.length) : `${kinds.length - nOptional} or ${kinds.length}`;
      const values = count === '1' ? 'value' : 'values';
      refuse(
        node,
        `"${name}" takes ${isOpen ? 'at least ' : ''}${count} ${values}, not ${args.length}`,
        `Write ${usage}.`,
      );
    }
    const written = args.map((arg, i) => {
      const kind = kinds[Math.min(i, kinds.length - 1)]!;
      return kind === 'text' ? this.text(arg) : kind === 'number' ? this.double(arg) : this.condition(arg);
    });
    return { kind: result, sql: sql(written), isComputed: result === 'number' };
  }

  /** has('binary'), has('window_chi2', 'Ba'). */
  private has(args: readonly FilterNode[], place: Place): Value {
    const [flag, about] = args;
    if (flag?.kind !== 'text' || args.length > 2 || (about !== undefined && about.kind !== 'text')) {
      refuse(place, '"has" takes the name of a flag in single quotes', "Write has('binary').");
    }
    const found = flagBits.find(({ name }) => name === flag.text.toLowerCase());
    if (found === undefined) {
      const names = flagBits.map(({ name }) => name);
      const meant = nearest(flag.text, names);
      const hint = meant === null ? `Flags are ${listNames(names, 50)}.` : `Did you mean '${meant}'?`;
      refuse(flag, `There is no flag "${flag.text}"`, hint, meant === null ? undefined : `'${meant}'`);
    }
    const flags = this.column('flags', place);
    if (flags.kind !== 'integer') {
      refuse(place, 'The flags of this catalog are words', "Search for them with: flags LIKE '%rival%'");
    }
    const isSet = `((${flags.sql} & ${2 ** found.bit}) <> 0)`;
    if (about === undefined) return truth(isSet);
    if (found.column === null) {
      refuse(about, `The flag "${found.name}" is about the star as a whole`, `Write has('${found.name}').`);
    }
    const words = `(' ' || lower(coalesce(${this.column(found.column, place).sql}, '')) || ' ')`;
    return truth(`(${isSet} AND contains(${words}, ${sqlText(` ${about.text.toLowerCase()} `)}))`);
  }

  /** A number of the whole catalog. */
  private statistic(name: string, args: readonly FilterNode[], place: Place): Value {
    const [column, share] = args;
    const takesShare = name === 'quantile';
    if (column?.kind !== 'column' || args.length !== (takesShare ? 2 : 1)) {
      refuse(place, `"${name}" takes a column`, `Write ${takesShare ? 'quantile(chi2, 0.99)' : `${name}(chi2)`}.`);
    }
    if (takesShare && (share?.kind !== 'number' || Number(share.text) > 1)) {
      refuse(place, 'The share of a quantile is a number from 0 to 1', 'Write quantile(chi2, 0.99).');
    }
    const last = share?.kind === 'number' ? `, ${Number(share.text)}` : '';
    return computed(`(SELECT ${filterStatistics[name]!}(${this.double(column)}${last}) FROM ${this.scope.from})`);
  }
}

/** The only column of that name in any case; null where there is none, or several. */
function theOnly(columns: readonly FilterColumn[], name: string): FilterColumn | null {
  const found = columns.filter((one) => one.name.toLowerCase() === name.toLowerCase());
  return found.length === 1 ? found[0]! : null;
}

/** A column's name as a search must write it. */
export function writtenColumn(name: string): string {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? name : sqlName(name);
}
