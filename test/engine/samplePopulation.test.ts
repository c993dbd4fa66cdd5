/** Who is in a mock survey: a Kiel diagram and abundances with the trends of the disc, systems, and the oddities that were ordered. */
import { describe, expect, test } from 'vitest';
import { relativeToIron, SOLAR_LITHIUM, type Element } from '../../engine/sample/elements';
import { mainSequence, turnOffMass } from '../../engine/sample/isochrone';
import { oddityKinds } from '../../engine/sample/oddities';
import { pixelAngstrom } from '../../engine/sample/profile';
import { referenceCells, referenceColumns } from '../../engine/sample/referenceCatalog';
import { Sources, type Source } from '../../engine/sample/sources';
import { lightOf, takeSpectrum } from '../../engine/sample/spectrum';
import { Starlight } from '../../engine/sample/starlight';

const N = 6000;
const sources = new Sources(11, 0.03);
const visits = Array.from({ length: N }, (_, n) => sources.visit(n));
const stars = visits.filter(({ repeatOf }) => repeatOf === null).map(({ source }) => source);
const field = stars.filter(({ cluster }) => cluster === null);

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const spread = (values: readonly number[]) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
function correlation(of: readonly Source[], x: (star: Source) => number, y: (star: Source) => number): number {
  const [xs, ys] = [of.map(x), of.map(y)];
  const [mx, my] = [mean(xs), mean(ys)];
  return mean(xs.map((value, i) => (value - mx) * (ys[i]! - my))) / (spread(xs) * spread(ys));
}
const iron = ({ composition }: Source) => composition.Fe;
const over =
  (element: Element) =>
  ({ composition }: Source) =>
    relativeToIron(composition, element);

describe('the Kiel diagram', () => {
  test('has the Sun at its place and a turn-off that is cooler for older stars', () => {
    const { teff, logg } = mainSequence(1, 0, 0.46);
    expect(Math.abs(teff - 5772)).toBeLessThan(60);
    expect(Math.abs(logg - 4.438)).toBeLessThan(0.05);
    expect(turnOffMass(12, 0)).toBeLessThan(turnOffMass(4, 0));
  });

  test('has dwarfs, giants and a clump, within the range of the survey', () => {
    const share = (where: (star: Source) => boolean) => stars.filter(where).length / stars.length;
    expect(share(({ logg }) => logg > 3.9)).toBeGreaterThan(0.45);
    const isGiant = ({ teff, logg }: Source) => logg < (teff < 5200 ? 4.18 : -6e-4 * teff + 7.3);
    expect(share(isGiant)).toBeGreaterThan(0.28);
    expect(share(isGiant)).toBeLessThan(0.55);
    expect(share(({ logg }) => Math.abs(logg - 2.42) < 0.2)).toBeGreaterThan(0.1);
    stars.forEach(({ teff, logg }) => {
      expect(teff >= 4000 && teff <= 7000).toBe(true);
      expect(logg > 0.7 && logg < 4.9).toBe(true);
    });
  });

  test('has a giant branch that is cooler for richer stars, and more turbulence in larger ones', () => {
    const branch = stars.filter(({ logg, phase }) => phase === 'red giant' && Math.abs(logg - 2.8) < 0.3);
    expect(correlation(branch, iron, ({ teff, logg, mass }) => teff - 330 * logg - 250 * mass)).toBeLessThan(-0.7);
    expect(
      correlation(
        stars.filter(({ logg }) => logg < 3.5),
        ({ logg }) => logg,
        ({ vmic }) => vmic,
      ),
    ).toBeLessThan(-0.5);
  });
});

describe('abundances', () => {
  test('have two sequences of α in the disc, at one metallicity', () => {
    const at = (component: string) =>
      field.filter((star) => star.birth.component === component && Math.abs(iron(star) + 0.4) < 0.1).map(over('Mg'));
    expect(mean(at('thick')) - mean(at('thin'))).toBeGreaterThan(0.1);
    expect(mean(at('thick')) - mean(at('thin'))).toBeGreaterThan(3 * spread(at('thin')));
  });

  test('rise and fall with iron as those of the solar neighbourhood do', () => {
    expect(correlation(field, iron, over('Mg'))).toBeLessThan(-0.6);
    expect(correlation(field, iron, over('Mn'))).toBeGreaterThan(0.8);
    expect(correlation(field, iron, over('Eu'))).toBeLessThan(-0.6);
    const ordinary = field.filter(({ oddity }) => oddity.kind !== 'barium-rich');
    expect(correlation(ordinary, ({ birth }) => birth.ageGyr, over('Ba'))).toBeLessThan(-0.4);
    expect(correlation(ordinary, over('Ba'), over('Y'))).toBeGreaterThan(0.8);
    expect(correlation(ordinary, over('Mg'), over('Si'))).toBeGreaterThan(0.9);
  });

  test('of carbon and nitrogen are mixed, and lithium is gone, in giants', () => {
    const giants = field.filter(({ logg, oddity }) => logg < 3.4 && oddity.kind === 'none');
    const dwarfs = field.filter(({ logg, teff, oddity }) => logg > 4 && teff > 6000 && oddity.kind === 'none');
    expect(mean(giants.map(over('N'))) - mean(dwarfs.map(over('N')))).toBeGreaterThan(0.15);
    expect(mean(giants.map(over('C'))) - mean(dwarfs.map(over('C')))).toBeLessThan(-0.05);
    expect(mean(dwarfs.map(({ composition }) => composition.Li + SOLAR_LITHIUM))).toBeGreaterThan(2.3);
    expect(mean(giants.map(({ composition }) => composition.Li + SOLAR_LITHIUM))).toBeLessThan(1.4);
  });
});

describe('systems', () => {
  test('are repeats, members of clusters and wide pairs, in their shares', () => {
    const share = (count: number) => count / N;
    expect(share(visits.filter(({ repeatOf }) => repeatOf !== null).length)).toBeCloseTo(0.07, 1);
    expect(share(stars.filter(({ cluster }) => cluster !== null).length)).toBeCloseTo(0.06, 1);
    expect(share(stars.filter(({ companionOf }) => companionOf !== null).length)).toBeGreaterThan(0.025);
  });

  test('of one birth have one composition, but for what giants have mixed and what is odd', () => {
    const unmixed = ['Fe', 'O', 'Mg', 'Al', 'Mn', 'Eu'] as const;
    for (const name of new Set(stars.map(({ cluster }) => cluster).filter((cluster) => cluster !== null))) {
      const members = stars.filter(({ cluster }) => cluster === name);
      expect(members.length).toBeGreaterThan(30);
      for (const element of unmixed)
        expect(spread(members.map(({ composition }) => composition[element]))).toBeLessThan(1e-12);
    }
    const byId = new Map(stars.map((star) => [star.starId, star]));
    for (const star of stars.filter(({ companionOf }) => companionOf !== null)) {
      const other = byId.get(star.companionOf!)!;
      for (const element of unmixed) expect(star.composition[element]).toBe(other.composition[element]);
      expect(Math.hypot(star.raDeg - other.raDeg, star.decDeg - other.decDeg) * 3600).toBeLessThan(150);
      expect(Math.abs(star.velocityKms - other.velocityKms)).toBeLessThan(4);
    }
  });

  test('do not depend on how many spectra follow, nor on the order of asking', () => {
    const backwards = new Sources(11, 0.03);
    for (let n = 299; n >= 0; n--) expect(backwards.visit(n)).toEqual(visits[n]);
  });
});

describe('oddities', () => {
  test('are planted at the rate that was asked for, every kind', () => {
    const odd = visits.filter(({ oddity }) => oddity.kind !== 'none');
    // 180 expected, give or take 13.
    expect(Math.abs(odd.length - 0.03 * N)).toBeLessThan(45);
    for (const kind of oddityKinds) expect(odd.filter(({ oddity }) => oddity.kind === kind).length).toBeGreaterThan(12);
    const none = new Sources(11, 0);
    expect(Array.from({ length: 300 }, (_, n) => none.visit(n).oddity.kind).every((kind) => kind === 'none')).toBe(
      true,
    );
  });

  test('return in every spectrum of a star, if they are the star’s own', () => {
    for (const { source, oddity, repeatOf } of visits) {
      if (repeatOf === null) continue;
      expect(visits[repeatOf]!.source).toBe(source);
      if (['lithium-rich', 'barium-rich', 'emission', 'double-lined'].includes(source.oddity.kind)) {
        expect(oddity).toBe(source.oddity);
      }
    }
  });

  test('show in the light: each changes it where it should, by more than the noise of a bright spectrum', () => {
    const starlight = new Starlight();
    const where = { 'lithium-rich': [6705, 6714], 'barium-rich': [4550, 4560], emission: [6555, 6575] } as const;
    for (const [kind, [from, to]] of Object.entries(where)) {
      const visit = visits.find(({ oddity }) => oddity.kind === kind)!;
      const { composition, birth } = visit.source;
      const usual: Source = {
        ...visit.source,
        velocityKms: 0,
        composition: { ...birth.composition, C: composition.C, N: composition.N, Li: -1 },
      };
      const plain = lightOf(usual, { kind: 'none' }, starlight);
      const odd = lightOf({ ...visit.source, velocityKms: 0 }, visit.oddity, starlight);
      const inside = odd.filter((value, p) => {
        const wave = pixelAngstrom[p]!;
        return wave > from && wave < to && Math.abs(value - plain[p]!) > 0.03;
      });
      expect(inside.length, kind).toBeGreaterThan(0);
    }
    const pair = visits.find(({ oddity }) => oddity.kind === 'double-lined')!;
    const alone = lightOf(pair.source, { kind: 'none' }, starlight);
    const both = lightOf(pair.source, pair.oddity, starlight);
    expect(Math.max(...both.map((value, p) => Math.abs(value - alone[p]!)))).toBeGreaterThan(0.03);
  });

  test('with a wrong redshift have it in the header alone; others are right to some km/s', () => {
    const starlight = new Starlight();
    const error = (n: number) => takeSpectrum(visits[n]!, n, 11, starlight).measuredKms - visits[n]!.source.velocityKms;
    const wrong = visits.findIndex(({ oddity }) => oddity.kind === 'wrong-z');
    expect(Math.abs(error(wrong))).toBeGreaterThan(130);
    for (let n = 0; n < 20; n++) if (visits[n]!.oddity.kind !== 'wrong-z') expect(Math.abs(error(n))).toBeLessThan(15);
  });
});

describe('the reference catalog', () => {
  const rows = stars.slice(0, 3000).map((star, n) => {
    const cells = referenceCells(star, n, 11);
    return { star, cell: (name: string) => cells[referenceColumns.indexOf(name)]! };
  });
  const pulls = (of: typeof rows) =>
    of
      .filter(({ cell }) => cell('mg_fe') !== '')
      .map(({ star, cell }) => (Number(cell('mg_fe')) - over('Mg')(star)) / Number(cell('e_mg_fe')))
      .map(Math.abs)
      .sort((a, b) => a - b);
  const at = (sorted: readonly number[], fraction: number) => sorted[Math.floor(fraction * sorted.length)]!;

  test('has as many cells as columns, honest errors for good fits, and flags on most of the bad', () => {
    expect(referenceCells(stars[0]!, 0, 11).length).toBe(referenceColumns.length);
    const good = rows.filter(({ cell }) => cell('flag_cannon') === '0' && Number(cell('chi2_mg')) < 0.45);
    expect(at(pulls(good), 0.683)).toBeGreaterThan(0.85);
    expect(at(pulls(good), 0.683)).toBeLessThan(1.3);
    const flagged = rows.filter(({ cell }) => cell('flag_cannon') !== '0');
    expect(flagged.length / rows.length).toBeGreaterThan(0.05);
    expect(flagged.length / rows.length).toBeLessThan(0.13);
    expect(at(pulls(flagged), 0.683)).toBeGreaterThan(2 * at(pulls(good), 0.683));
  });

  test('has its worse labels where χ² is high', () => {
    const unflagged = rows.filter(({ cell }) => cell('flag_cannon') === '0' && cell('chi2_mg') !== '');
    const limit = at(
      unflagged.map(({ cell }) => Number(cell('chi2_mg'))).sort((a, b) => a - b),
      0.85,
    );
    const above = unflagged.filter(({ cell }) => Number(cell('chi2_mg')) > limit);
    const below = unflagged.filter(({ cell }) => Number(cell('chi2_mg')) <= limit);
    expect(at(pulls(above), 0.683)).toBeGreaterThan(2 * at(pulls(below), 0.683));
  });

  test('misses labels now and then, weak lines most often', () => {
    const missing = (name: string) => rows.filter(({ cell }) => cell(name) === '').length / rows.length;
    expect([missing('teff'), missing('feh')]).toEqual([0, 0]);
    expect(missing('mg_fe')).toBeLessThan(0.03);
    expect(missing('la_fe')).toBeGreaterThan(0.2);
  });
});
