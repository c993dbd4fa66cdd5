/**
 * Which of many positions lie near a given one, exactly, anywhere on the sphere.
 *
 * Positions are kept in zones of declination, in order of right ascension within each. A circle of radius r about (α, δ) reaches
 * the zones of δ ± r, and in them α ± asin(sin r / cos δ): the whole zone where the circle holds a pole. What lies in
 * that window is measured with the haversine, which keeps its digits at small angles. Degrees throughout.
 */

const degree = Math.PI / 180;
/** Wider than the rounding of the window's edge, narrower than any radius: what it lets in is measured all the same. */
export const slackDeg = 1e-9;

export class SkyIndex {
  private readonly zoneDeg: number;
  /** Where each zone begins in `rows` and `ras`. */
  private readonly zoneStarts: Uint32Array;
  private readonly rows: Uint32Array;
  /** Right ascension of each of `rows`, in [0, 360). */
  private readonly ras: Float64Array;

  /** @param raDeg and `decDeg`: NaN where there is no position. */
  constructor(
    private readonly raDeg: Float64Array,
    private readonly decDeg: Float64Array,
  ) {
    const known: number[] = [];
    for (let row = 0; row < raDeg.length; row++) if (isPosition(raDeg[row]!, decDeg[row]!)) known.push(row);
    // As many zones as rows in each: neither to look at many zones nor at long ones.
    const nZones = Math.max(1, Math.ceil(Math.sqrt(known.length)));
    this.zoneDeg = 180 / nZones;
    this.zoneStarts = new Uint32Array(nZones + 1);
    for (const row of known) this.zoneStarts[this.zoneOf(decDeg[row]!) + 1]!++;
    for (let zone = 0; zone < nZones; zone++) this.zoneStarts[zone + 1]! += this.zoneStarts[zone]!;
    this.rows = new Uint32Array(known.length);
    const next = this.zoneStarts.slice();
    for (const row of known) this.rows[next[this.zoneOf(decDeg[row]!)]!++] = row;
    const ra = Float64Array.from(raDeg, inCircle);
    for (let zone = 0; zone < nZones; zone++)
      this.rows.subarray(this.zoneStarts[zone], this.zoneStarts[zone + 1]).sort((a, b) => ra[a]! - ra[b]! || a - b);
    this.ras = Float64Array.from(this.rows, (row) => ra[row]!);
  }

  /** Calls `visit` with each row within the radius and its distance, in no particular order. */
  within(raDeg: number, decDeg: number, radiusDeg: number, visit: (row: number, distanceDeg: number) => void): void {
    if (!isPosition(raDeg, decDeg)) return;
    const ra = inCircle(raDeg);
    const half = halfWidth(decDeg, radiusDeg);
    const last = this.zoneOf(decDeg + radiusDeg + slackDeg);
    for (let zone = this.zoneOf(decDeg - radiusDeg - slackDeg); zone <= last; zone++) {
      const [from, to] = [this.zoneStarts[zone]!, this.zoneStarts[zone + 1]!];
      if (from === to) continue;
      if (half >= 180) {
        this.measure(from, to, 360, ra, decDeg, radiusDeg, visit);
        continue;
      }
      this.measure(this.firstAtLeast(ra - half, from, to), to, ra + half, ra, decDeg, radiusDeg, visit);
      // A window that crosses 0h has a second part.
      if (ra - half < 0)
        this.measure(this.firstAtLeast(ra - half + 360, from, to), to, 360, ra, decDeg, radiusDeg, visit);
      if (ra + half >= 360) this.measure(from, to, ra + half - 360, ra, decDeg, radiusDeg, visit);
    }
  }

  private measure(
    from: number,
    to: number,
    upToRa: number,
    ra: number,
    dec: number,
    radius: number,
    visit: (row: number, distanceDeg: number) => void,
  ): void {
    for (let i = from; i < to && this.ras[i]! <= upToRa; i++) {
      const row = this.rows[i]!;
      const distance = separationDeg(ra, dec, this.raDeg[row]!, this.decDeg[row]!);
      if (distance <= radius) visit(row, distance);
    }
  }

  private zoneOf(decDeg: number): number {
    return Math.min(this.zoneStarts.length - 2, Math.max(0, Math.floor((decDeg + 90) / this.zoneDeg)));
  }

  private firstAtLeast(value: number, from: number, to: number): number {
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ras[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** How far in right ascension a circle reaches to each side; 180 where it holds a pole. */
export function halfWidth(decDeg: number, radiusDeg: number): number {
  if (Math.abs(decDeg) + radiusDeg + slackDeg >= 90) return 180;
  const sine = Math.sin(radiusDeg * degree) / Math.cos(decDeg * degree);
  return sine >= 1 ? 180 : Math.asin(sine) / degree + slackDeg;
}

export function isPosition(raDeg: number, decDeg: number): boolean {
  return Number.isFinite(raDeg) && Math.abs(decDeg) <= 90;
}

function inCircle(raDeg: number): number {
  const turned = raDeg % 360;
  return turned < 0 ? (turned + 360) % 360 : turned;
}

/** Angle between two directions, in degrees; the haversine keeps its digits at small angles. */
export function separationDeg(ra1: number, dec1: number, ra2: number, dec2: number): number {
  const h =
    Math.sin(((dec2 - dec1) * degree) / 2) ** 2 +
    Math.cos(dec1 * degree) * Math.cos(dec2 * degree) * Math.sin(((ra2 - ra1) * degree) / 2) ** 2;
  return (2 * Math.asin(Math.min(1, Math.sqrt(h)))) / degree;
}
