/**
 * Where a spectrum was taken: plate, spectrograph and fibre name the file and make the id, as LAMOST's do. Plates are filled one
 * after the other, and every one looks at the same field.
 */
import { field } from './sources';

export interface Target {
  readonly obsid: number;
  readonly plate: string;
  readonly lmjd: number;
  readonly spectrograph: number;
  readonly fiber: number;
}

const STARS_PER_PLATE = 120;

export function targetOf(n: number): Target {
  const plateIdx = Math.floor(n / STARS_PER_PLATE);
  const place = n % STARS_PER_PLATE;
  const two = (value: number) => String(value).padStart(2, '0');
  const [spectrograph, fiber] = [1 + (place % 16), 3 + 31 * Math.floor(place / 16) + (place % 16)];
  const minutes = Math.round((60 * field.raDeg) / 15);
  return {
    obsid: (9400 + plateIdx) * 100_000 + spectrograph * 1000 + fiber,
    plate: `HD${two(Math.floor(minutes / 60))}${two(minutes % 60)}00N${two(field.decDeg)}0000P${two(plateIdx + 1)}`,
    lmjd: 59_500 + 7 * plateIdx,
    spectrograph,
    fiber,
  };
}

export function fileName({ lmjd, plate, spectrograph, fiber }: Target): string {
  return `spec-${lmjd}-${plate}_sp${String(spectrograph).padStart(2, '0')}-${String(fiber).padStart(3, '0')}.fits.gz`;
}

/** Where a sample keeps the spectrum, relative to its folder. */
export function pathInSample(target: Target): string {
  return `spectra/${target.plate}/${fileName(target)}`;
}

/** "MOCK J083012.12+213010.1": hours and degrees to the second, as survey designations are made. */
export function designation(raDeg: number, decDeg: number): string {
  const sexagesimal = (value: number, digits: number) => {
    const unit = 10 ** digits;
    const seconds = Math.floor(value * 3600 * unit);
    const parts = [Math.floor(seconds / (3600 * unit)), Math.floor(seconds / (60 * unit)) % 60];
    return (
      parts.map((part) => String(part).padStart(2, '0')).join('') +
      ((seconds % (60 * unit)) / unit).toFixed(digits).padStart(3 + digits, '0')
    );
  };
  return `MOCK J${sexagesimal(raDeg / 15, 2)}+${sexagesimal(decDeg, 1)}`;
}

/** Spectral class and tenth by temperature, roughly that of dwarfs. */
export function subclass(teff: number): string {
  const limits = [7300, 5980, 5300, 3900] as const;
  const letter = limits.findIndex((limit, i) => teff < limit && teff >= (limits[i + 1] ?? 0));
  const tenth = Math.floor((10 * (limits[letter]! - teff)) / (limits[letter]! - (limits[letter + 1] ?? 2400)));
  return `${'FGKM'[letter]!}${Math.min(9, tenth)}`;
}
