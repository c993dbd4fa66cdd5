/** Whether the reference table has the columns that a survey description names, and numbers in them. Each lack is a problem at its place. */
import { basename } from 'node:path';
import { type Config, isWindowCut, type LabelSpec, type Match, type WindowCut } from '../config/config';
import { nameNodes, writtenName, type Expression } from '../config/expression';
import { expressionsOf, rangeInExpression } from '../config/names';
import type { ParsedConfig } from '../config/parse';
import type { problem, RuleCode } from '../config/rules';
import { listNames, nearest } from '../config/suggest';
import { asYaml } from '../config/yamlTree';
import { UserError, type TextRange } from '../problems';
import { missingErrors } from '../reference/derivedLabels';
import { positionOf, type SkyMatch } from '../reference/position';
import type { Table, TableColumn } from '../reference/table';
import { chi2ColumnsOf } from '../reference/windowCut';

/** Reports a problem; `instead` is offered with "Did you mean", `fix` would replace the range. */
export type Report = <Code extends RuleCode>(
  code: Code,
  slots: Parameters<typeof problem<Code>>[1],
  range?: TextRange,
  instead?: string | null,
  fix?: string | null,
) => void;

export function checkColumns(parsed: ParsedConfig, config: Config, table: Table, report: Report): void {
  new ColumnCheck(parsed, config, table, report).run();
}

class ColumnCheck {
  constructor(
    private readonly parsed: ParsedConfig,
    private readonly config: Config,
    private readonly table: Table,
    private readonly report: Report,
  ) {}

  run(): void {
    const { reference, labels, quality, crossValidation } = this.config;
    this.checkMatch(reference!.match, 'reference/match');
    for (const label of labels) this.checkLabel(label);
    this.checkMeans();
    const { groups } = crossValidation;
    if (groups !== null) this.require(groups, this.valueRange('crossValidation/groups'), true);
    quality.forEach((cut, index) => isWindowCut(cut) && this.checkWindowCut(cut, index));
    for (const { path, expression } of expressionsOf(this.config)) this.checkNames(path, expression);
  }

  private valueRange(path: string): TextRange | undefined {
    return this.parsed.places.get(path)?.value;
  }

  private checkMatch(match: Match, path: string): void {
    if (match.by === 'sky') {
      this.requireNumbers(
        match.brightest === undefined
          ? null
          : this.require(match.brightest, this.valueRange(`${path}/brightest`), true),
        `${path}/brightest`,
      );
      for (const axis of ['ra', 'dec'] as const) this.checkPosition(match, axis, path);
      return;
    }
    const key = match.by === 'card' ? `spectrum.${match.card}` : 'filename';
    this.require(match.column, this.valueRange(`${path}/${key}`), true);
  }

  private checkPosition(match: SkyMatch, axis: 'ra' | 'dec', path: string): void {
    const given = match[axis];
    const range = this.valueRange(`${path}/${given === undefined ? 'sky' : axis}`);
    if (given !== undefined && this.require(given, range, true) === null) return;
    try {
      positionOf(this.table, match, axis);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.report('CAN160', { reason: error.message, hint: error.hint }, range);
    }
  }

  private checkLabel({ name, column, error, derived }: LabelSpec): void {
    const path = `labels/${name}`;
    if (error !== null)
      this.requireNumbers(this.require(error, this.valueRange(`${path}/error`), true), `${path}/error`);
    if (derived === null) {
      const given = this.valueRange(`${path}/column`);
      const range = given ?? this.parsed.places.get(path)?.key ?? undefined;
      const found = this.require(column, range, given !== undefined);
      if (found) this.checkNumbers(found, range);
    }
    if (derived?.by !== 'mean') return;
    derived.of.forEach((ingredient, k) => {
      if (!this.isLabel(ingredient, name)) this.requireName(ingredient, `${path}/mean/${k}`, name);
    });
    derived.errors?.forEach((one, k) => {
      const at = `${path}/errors/${k}`;
      this.requireNumbers(this.require(one, this.valueRange(at), true), at);
    });
  }

  private isLabel(name: string, except: string | null): boolean {
    return name !== except && this.config.labels.some((label) => label.name === name);
  }

  private checkMeans(): void {
    const known = listNames([...this.table.columns.keys()]);
    for (const { label, index, name } of missingErrors(this.config.labels, this.table)) {
      if (!this.table.columns.has(name) && !this.isLabel(name, label)) continue;
      const slots = { label, name, file: basename(this.table.path), known };
      this.report('CAN142', slots, this.valueRange(`labels/${label}/mean/${index}`));
    }
  }

  private checkWindowCut(cut: WindowCut, index: number): void {
    const path = `quality/${index}/windowChi2`;
    if (cut.source.from === 'spectra' && cut.source.match !== null) this.checkMatch(cut.source.match, `${path}/match`);
    if (cut.source.from !== 'columns') return;
    const { columns } = cut.source;
    const names = [...this.table.columns.keys()];
    if (chi2ColumnsOf(cut, this.config.labels, names).length === 0) {
      const slots = { file: basename(this.table.path), known: listNames(names) };
      return this.report('CAN144', slots, this.valueRange(`${path}/columns`));
    }
    if (typeof columns === 'string') return;
    for (const { element, column } of columns) {
      const at = `${path}/columns/${element}`;
      this.requireNumbers(this.require(column, this.valueRange(at), true), at);
    }
  }

  private require(column: string, range: TextRange | undefined, isFixable: boolean): TableColumn | null {
    const found = this.table.columns.get(column);
    if (found !== undefined) return found;
    const names = [...this.table.columns.keys()];
    const meant = nearest(column, names);
    const slots = { file: basename(this.table.path), column, known: listNames(names) };
    this.report('CAN103', slots, range, meant, isFixable && meant !== null ? asYaml(meant) : null);
    return null;
  }

  /** A column, where a label could stand as well. */
  private requireName(name: string, path: string, except: string): void {
    const found = this.table.columns.get(name);
    if (found) return this.requireNumbers(found, path);
    const labels = this.config.labels.map((label) => label.name).filter((one) => one !== except);
    const known = [...new Set([...labels, ...this.table.columns.keys()])];
    const meant = nearest(name, known);
    const slots = { file: basename(this.table.path), column: name, known: listNames(known) };
    this.report('CAN103', slots, this.valueRange(path), meant, meant === null ? null : asYaml(meant));
  }

  private requireNumbers(column: TableColumn | null, path: string): void {
    if (column) this.checkNumbers(column, this.valueRange(path));
  }

  private checkNumbers({ name, values }: TableColumn, range: TextRange | undefined): void {
    const row = values.findIndex((value) => typeof value === 'string' && !Number.isFinite(Number(value)));
    if (row >= 0) this.report('CAN107', { column: name, found: `"${String(values[row])}" in row ${row + 1}` }, range);
  }

  private checkNames(path: string, expression: Expression): void {
    // A label's own name in its formula is a column; labels are of the table, cards of spectra.
    const own = /^labels\/(.+)\/expression$/.exec(path)?.[1] ?? null;
    const labels = new Set(this.config.labels.map(({ name }) => name).filter((name) => name !== own));
    const seen = new Set<string>();
    for (const node of nameNodes(expression.root)) {
      if (seen.has(node.name) || labels.has(node.name)) continue;
      if (own === null && node.name.startsWith('spectrum.')) continue;
      seen.add(node.name);
      const { range, isExact } = rangeInExpression(this.parsed, path, expression, node);
      const column = this.table.columns.get(node.name);
      if (column) {
        this.checkNumbers(column, range);
        continue;
      }
      const known = [...new Set([...labels, ...this.table.columns.keys()])];
      const meant = nearest(node.name, known);
      const fix = meant !== null && isExact ? writtenName(meant) : null;
      const slots = { file: basename(this.table.path), column: node.name, known: listNames(known) };
      this.report('CAN103', slots, range, meant, fix);
    }
  }
}
