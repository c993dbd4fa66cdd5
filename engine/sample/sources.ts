/**
 * Whose spectra a survey takes. Most are of field stars; some are another look at a star seen before, of a member of an open
 * cluster, or of the wide companion of the star before. What spectrum n shows depends on the seed and on n alone, so the
 * first spectra of a survey do not depend on how many follow.
 */
import { atmosphereComposition, microturbulence } from './abundances';
import { alphaOf, type Composition } from './elements';
import { drawKiel, type Kiel } from './isochrone';
import { drawOddity, enriched, isOfStar, noOddity, type Oddity } from './oddities';
import { drawBirth, drawCluster, type Birth } from './population';
import { Random } from './random';

export interface Source extends Kiel {
  /** Counts from 1: the number of the first spectrum of the star. */
  readonly starId: number;
  readonly vmic: number;
  readonly composition: Composition;
  readonly birth: Birth;
  /** Heliocentric, km/s. */
  readonly velocityKms: number;
  readonly raDeg: number;
  readonly decDeg: number;
  readonly oddity: Oddity;
  readonly cluster: string | null;
  /** `starId` of the other star of a wide binary. */
  readonly companionOf: number | null;
}

/** One spectrum to take; `repeatOf` is the spectrum that showed the star first, from 0. */
export interface Visit {
  readonly source: Source;
  readonly oddity: Oddity;
  readonly repeatOf: number | null;
}

/** Every plate looks at this field. Degrees. */
export const field = { raDeg: 130, decDeg: 17, halfWidthDeg: 5 } as const;

const N_CLUSTERS = 5;
const shares = { repeats: 0.07, companions: 0.05, members: 0.06 } as const;

type Place = Pick<Source, 'velocityKms' | 'raDeg' | 'decDeg'>;
interface Cluster extends Place {
  readonly name: string;
  readonly birth: Birth;
}

export class Sources {
  private readonly clusters: readonly Cluster[];
  private readonly visits = new Map<number, Visit>();

  constructor(
    private readonly seed: number,
    /** The share of odd stars and spectra. */
    private readonly oddities: number,
  ) {
    this.clusters = Array.from({ length: N_CLUSTERS }, (_, i) => {
      const random = new Random(seed, 'cluster', i);
      return { name: `Mock ${i + 1}`, birth: drawCluster(random), ...somewhere(random, random.normal(0, 25)) };
    });
  }

  /** The visit of spectrum `n`, from 0. */
  visit(n: number): Visit {
    const known = this.visits.get(n);
    if (known !== undefined) return known;
    const visit = this.draw(n);
    this.visits.set(n, visit);
    return visit;
  }

  private draw(n: number): Visit {
    const system = new Random(this.seed, 'system', n);
    const random = new Random(this.seed, 'star', n);
    const oddity = drawOddity(system, this.oddities);
    const share = system.uniform();
    if (n > 0 && share < shares.repeats) {
      const seen = n - system.integer(1, Math.min(n, 200));
      const earlier = this.visit(seen);
      const ofVisit = isOfStar(oddity) ? noOddity : oddity;
      const { source, repeatOf } = earlier;
      return {
        source,
        oddity: isOfStar(source.oddity) && source.oddity.kind !== 'none' ? source.oddity : ofVisit,
        repeatOf: repeatOf ?? seen,
      };
    }
    const source = this.source(n, share - shares.repeats, oddity, system, random);
    return { source, oddity, repeatOf: null };
  }

  private source(n: number, share: number, oddity: Oddity, system: Random, random: Random): Source {
    if (share >= 0 && share < shares.members) {
      const { name, birth, ...place } = system.pick([this.clusters[0]!, ...this.clusters.slice(1)]);
      return { ...star(n, birth, oddity, random), ...near(place, system, 0.6), cluster: name, companionOf: null };
    }
    if (n > 0 && share >= shares.members && share < shares.members + shares.companions) {
      const { source, repeatOf } = this.visit(n - 1);
      // Three stars of one birth, or a companion that is another's companion, are no pair.
      if (source.cluster === null && source.companionOf === null && repeatOf === null) {
        const place = near(source, system, 20 / 3600);
        return { ...star(n, source.birth, oddity, random), ...place, cluster: null, companionOf: source.starId };
      }
    }
    const birth = drawBirth(random);
    const speed = { thin: 28, thick: 50, halo: 140 }[birth.component];
    const place = somewhere(system, system.normal(0, speed));
    return { ...star(n, birth, oddity, random), ...place, cluster: null, companionOf: null };
  }
}

function star(n: number, birth: Birth, oddity: Oddity, random: Random) {
  const metals = birth.composition.Fe + 0.7 * alphaOf(birth.composition);
  // Lithium stands out where it should have gone: in giants.
  const kiel = drawKiel(random, birth.ageGyr, metals, oddity.kind === 'lithium-rich' ? 'red clump' : undefined);
  return {
    ...kiel,
    ...{ starId: n + 1, birth, oddity, vmic: microturbulence(kiel, random) },
    composition: enriched(atmosphereComposition(birth, kiel, random), oddity),
  };
}

function somewhere(random: Random, velocityKms: number): Place {
  const { raDeg, decDeg, halfWidthDeg } = field;
  const dec = decDeg + random.uniform(-halfWidthDeg, halfWidthDeg);
  const ra = raDeg + random.uniform(-halfWidthDeg, halfWidthDeg) / Math.cos((dec * Math.PI) / 180);
  return { raDeg: ra, decDeg: dec, velocityKms };
}

/** A place beside another one, degrees, with the velocity of stars that stay together. */
function near({ raDeg, decDeg, velocityKms }: Place, random: Random, sigmaDeg: number): Place {
  return {
    raDeg: raDeg + random.normal(0, sigmaDeg) / Math.cos((decDeg * Math.PI) / 180),
    decDeg: decDeg + random.normal(0, sigmaDeg),
    velocityKms: random.normal(velocityKms, 0.7),
  };
}
