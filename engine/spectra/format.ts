/**
 * What a survey's format must be able to do. Each format is one file beside this one and stands in the table of `formats.ts`;
 * what they share is here and in `pixels.ts`.
 */
import { basename } from 'node:path';
import type { SurveyFormat } from '../config/config';
import type { FitsFile } from '../fits/fitsFile';
import type { CardValue, Header } from '../fits/header';
import type { PixelRoom } from './pixelRoom';
import type { CardRecord, Spectrum, SpectrumIdentity } from './spectrum';

/** The header cards that an identity shall tell; all without it, which takes as long as all else about a spectrum. */
export type WantedCards = readonly string[];

/** What is asked of a spectrum. */
export interface Asked {
  readonly cards?: WantedCards | undefined;
  /** Where its arrays may lie until the next spectrum comes; the bits of its mask are then not told. */
  readonly room?: PixelRoom | undefined;
}

export interface SpectrumFormat {
  /** Whether a FITS file is of this format, by its headers. */
  readonly recognizes: (file: FitsFile, path: string) => boolean;
  /** Where a file says who the spectrum is: in the primary header alone, or also elsewhere. */
  readonly identityFrom: 'primary header' | 'file';
  /**
   * Who the spectrum is. `file` is null where only the primary header was read, which happens to formats with `identityFrom`
   * "primary header" alone. Throws `UserError` when the file is not of this format.
   */
  readonly identity: (header: Header, path: string, file: FitsFile | null, wanted?: WantedCards) => SpectrumIdentity;
  /** The spectrum in an opened file. Throws `UserError` with one sentence when there is none or it contradicts itself. */
  readonly spectrum: (file: FitsFile, path: string, asked?: Asked) => Spectrum;
  /** Other files that, where they exist, hold further arms of the spectrum at `path`. */
  readonly companions?: (path: string) => readonly string[];
  /** What the bits of a pixel's mask mean. */
  readonly maskBits: readonly MaskBit[];
}

export interface MaskBit {
  readonly bit: number;
  /** The name that the survey gives it. */
  readonly name: string;
  readonly meaning: string;
  /** Whether a pixel with this bit must not be used. */
  readonly forbids: boolean;
}

/** All bits that forbid a pixel. */
export function forbiddingBits(table: readonly MaskBit[]): number {
  return table.reduce((bits, { bit, forbids }) => (forbids ? bits | (1 << bit) : bits), 0);
}

/** Pipelines write −9999 for "none"; nothing physical comes near. */
const NONE_BELOW = -1000;

/** The number on a card; null when there is none or the pipeline's word for none. */
export function known(header: Header, keyword: string): number | null {
  return knownNumber(header.number(keyword));
}

export function knownNumber(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && value > NONE_BELOW ? value : null;
}

/** A value of z that can be meant. */
export function knownRedshift(value: number | null): number | null {
  return value !== null && value > -1 ? value : null;
}

export function positiveInteger(text: string | null): string | null {
  return text !== null && /^[1-9]\d*$/.test(text) ? text : null;
}

const commentary = ['', 'COMMENT', 'HISTORY'];

/** The first card of each keyword, without commentary; those that are wanted, in that order, or all. */
export function cardRecord(
  header: Header,
  further: Readonly<Record<string, CardValue>> = {},
  wanted?: WantedCards,
): CardRecord {
  const record: Record<string, CardValue> = {};
  if (wanted !== undefined) {
    for (const keyword of wanted) {
      const value = commentary.includes(keyword) ? undefined : header.get(keyword);
      if (value !== undefined) record[keyword] = value;
      else if (Object.hasOwn(further, keyword)) record[keyword] = further[keyword]!;
    }
    return record;
  }
  for (const { keyword, value } of header.firsts()) if (!commentary.includes(keyword)) record[keyword] = value;
  for (const [keyword, value] of Object.entries(further)) if (!Object.hasOwn(record, keyword)) record[keyword] = value;
  return record;
}

/** A file's name without its endings. */
export function stem(path: string): string {
  return basename(path)
    .replace(/\.(gz|z)$/i, '')
    .replace(/\.(fits|fit|csv|tsv|txt|dat)$/i, '');
}

const noSnr = { u: null, g: null, r: null, i: null, z: null };

/** An identity in which everything that `parts` leaves out is unknown. */
export function identityOf(
  survey: SurveyFormat,
  path: string,
  parts: Partial<SpectrumIdentity> & Pick<SpectrumIdentity, 'cards'>,
): SpectrumIdentity {
  return {
    path,
    survey,
    star: stem(path),
    obsid: null,
    designation: null,
    subclass: '',
    raDeg: null,
    decDeg: null,
    redshift: null,
    snr: noSnr,
    ...parts,
  };
}
