/** How labels are written for people: T with a subscript, [Fe/H] in brackets. Pure: panels and pictures of jobs share it. */

export interface LabelText {
  readonly text: string;
  readonly subscript: string;
}

const known: Readonly<Record<string, LabelText>> = {
  teff: { text: 'T', subscript: 'eff' },
  vmic: { text: 'v', subscript: 'mic' },
  vsini: { text: 'v', subscript: 'sin i' },
  logg: { text: 'log g', subscript: '' },
  feh: { text: '[Fe/H]', subscript: '' },
  alpha_fe: { text: '[α/Fe]', subscript: '' },
  alpha_m: { text: '[α/M]', subscript: '' },
};

const capital = (symbol: string): string => symbol.charAt(0).toUpperCase() + symbol.slice(1);

/** A label's name in a config as it is printed: `mg_fe` becomes [Mg/Fe]; what is not known stays as it is. */
export function labelText(name: string): LabelText {
  const abundance = /^([a-z]{1,2})_(h|fe|m)$/i.exec(name);
  return (
    known[name.toLowerCase()] ?? {
      text: abundance ? `[${capital(abundance[1]!)}/${capital(abundance[2]!)}]` : name,
      subscript: '',
    }
  );
}

/** The same without a subscript, for axes and lists: "Teff", "[Mg/Fe]". */
export function labelWord(name: string): string {
  const { text, subscript } = labelText(name);
  return text + subscript;
}

/** With its unit: "Teff (K)". */
export function labelWithUnit({ name, unit }: { readonly name: string; readonly unit: string }): string {
  return unit === '' ? labelWord(name) : `${labelWord(name)} (${unit})`;
}
