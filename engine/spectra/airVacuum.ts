/**
 * Wavelengths in standard air and in vacuum, Å. Pure functions: panels use them too.
 *
 * n(λ) of Morton (2000, ApJS 130, 403, eq. 8), the form the IAU adopted, with λ in vacuum; good to 1e-8 from 2000 Å to 25 µm.
 * The way back inverts the same formula, so that a round trip is exact. Below 2000 Å wavelengths are in vacuum by convention.
 */

/** Refractive index of standard air at a vacuum wavelength in Å. */
function refractiveIndex(vacuumAngstrom: number): number {
  const s2 = (1e4 / vacuumAngstrom) ** 2;
  return 1 + 8.34254e-5 + 2.406147e-2 / (130 - s2) + 1.5998e-4 / (38.9 - s2);
}

/** Å in vacuum → Å in standard air. */
export function vacuumToAir(vacuumAngstrom: number): number {
  return vacuumAngstrom < 2000 ? vacuumAngstrom : vacuumAngstrom / refractiveIndex(vacuumAngstrom);
}

/** Å in standard air → Å in vacuum. The index varies so slowly that three steps reach machine precision. */
export function airToVacuum(airAngstrom: number): number {
  if (airAngstrom < vacuumToAir(2000)) return airAngstrom;
  let vacuum = airAngstrom;
  for (let step = 0; step < 4; step++) vacuum = airAngstrom * refractiveIndex(vacuum);
  return vacuum;
}
