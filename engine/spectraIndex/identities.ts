/** The rows of an index as the identities that the rest of the engine speaks of. */
import { resolve } from 'node:path';
import type { SurveyFormat } from '../config/config';
import { UserError } from '../problems';
import type { SpectrumIdentity } from '../spectra/spectrum';
import type { NumberName, SpectraTable, TextName } from './spectraTable';

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
  const problems = table.text('problem');
  return Array.from({ length: table.nRows }, (_, row) => {
    const problem = problems.at(row);
    if (problem !== '') return new UserError(problem, 'Fetch the file again, or leave it out.', 'CAN209');
    return new RowIdentity(table, row, folder, survey);
  });
}

/** Looks into the table when it is asked: a hundred thousand filled objects would take more memory than the index. */
class RowIdentity implements SpectrumIdentity {
  readonly #table: SpectraTable;
  readonly #row: number;
  readonly #folder: string;

  constructor(
    table: SpectraTable,
    row: number,
    folder: string,
    readonly survey: SurveyFormat,
  ) {
    this.#table = table;
    this.#row = row;
    this.#folder = folder;
  }

  get path(): string {
    return resolve(this.#folder, this.#text('path'));
  }
  get star(): string {
    return this.#text('star');
  }
  get obsid(): string | null {
    return this.#text('obsid') || null;
  }
  get designation(): string | null {
    return this.#text('designation') || null;
  }
  get subclass(): string {
    return this.#text('subclass');
  }
  get raDeg(): number | null {
    return this.#number('raDeg');
  }
  get decDeg(): number | null {
    return this.#number('decDeg');
  }
  get redshift(): number | null {
    return this.#number('redshift');
  }
  get snr(): SpectrumIdentity['snr'] {
    const of = (name: NumberName) => this.#number(name);
    return { u: of('snrU'), g: of('snrG'), r: of('snrR'), i: of('snrI'), z: of('snrZ') };
  }
  get cards(): SpectrumIdentity['cards'] {
    return Object.fromEntries(this.#table.cards.map((card) => [card, this.#table.card(this.#row, card) ?? null]));
  }

  #text(name: TextName): string {
    return this.#table.text(name).at(this.#row);
  }

  #number(name: NumberName): number | null {
    const value = this.#table.number(name)[this.#row]!;
    return Number.isNaN(value) ? null : value;
  }
}
