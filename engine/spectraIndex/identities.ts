/** The rows of an index as the identities that the rest of the engine speaks of. */
import { resolve } from 'node:path';
import type { SurveyFormat } from '../config/config';
import { UserError } from '../problems';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { SpectraTable } from './spectraTable';

/** The files as matched. */
export function pathsOf(table: SpectraTable): string[] {
  const paths = table.text('path');
  return Array.from({ length: table.nRows }, (_, row) => paths.at(row));
}

/** Who each spectrum is, or why that cannot be known. `cards` holds only those that the index keeps. */
export function identitiesOf(
  table: SpectraTable,
  folder: string,
  survey: SurveyFormat,
): (SpectrumIdentity | UserError)[] {
  const [paths, problems] = [table.text('path'), table.text('problem')];
  return Array.from({ length: table.nRows }, (_, row) => {
    const problem = problems.at(row);
    if (problem !== '') return new UserError(problem, 'Fetch the file again, or leave it out.', 'CAN209');
    return identityOfRow(table, row, resolve(folder, paths.at(row)), survey);
  });
}

function identityOfRow(table: SpectraTable, row: number, path: string, survey: SurveyFormat): SpectrumIdentity {
  const text = (name: Parameters<SpectraTable['text']>[0]) => table.text(name).at(row);
  const number = (name: Parameters<SpectraTable['number']>[0]) => {
    const value = table.number(name)[row]!;
    return Number.isNaN(value) ? null : value;
  };
  return {
    path,
    survey,
    star: text('star'),
    obsid: text('obsid') || null,
    designation: text('designation') || null,
    subclass: text('subclass'),
    raDeg: number('raDeg'),
    decDeg: number('decDeg'),
    redshift: number('redshift'),
    snr: { u: number('snrU'), g: number('snrG'), r: number('snrR'), i: number('snrI'), z: number('snrZ') },
    cards: Object.fromEntries(table.cards.map((card) => [card, table.card(row, card) ?? null])),
  };
}
