/**
 * The lines of the mock spectra. Wavelengths are in standard air, Å, as solar atlases give them; strengths are round solar
 * equivalent widths in mÅ, good to look like a star and no more. Excitation in eV of the lower level.
 */
import type { Random } from './random';

/** How a species answers to temperature and gravity; see `lineOpacity` in `starlight.ts`. */
export type Ionization = 'neutral' | 'ionized' | 'hydrogen' | 'molecule';

export interface LineGroup {
  readonly species: string;
  readonly ionization: Ionization;
  readonly excitation: number;
  /** Energy in eV that ionizes the atom (neutral) or breaks the molecule. */
  readonly ionizationEnergy: number;
  /** Air wavelength and solar equivalent width, in turn. */
  readonly lines: readonly number[];
}

const same = (width: number, ...wavelengths: number[]) => wavelengths.flatMap((wavelength) => [wavelength, width]);

/** Strong and well-known lines. */
export const lineGroups: readonly LineGroup[] = [
  {
    species: 'H',
    ionization: 'hydrogen',
    excitation: 10.2,
    ionizationEnergy: 13.6,
    lines: [
      6562.8, 3800, 4861.33, 4200, 4340.46, 3500, 4101.74, 3300, 3970.07, 2600, 3889.05, 2200, 3835.38, 1800, 3797.9,
      1300, 3770.63, 900,
    ],
  },
  {
    species: 'Ca II',
    ionization: 'ionized',
    excitation: 0,
    ionizationEnergy: 6.11,
    lines: [3933.66, 19000, 3968.47, 14500],
  },
  {
    species: 'Ca II',
    ionization: 'ionized',
    excitation: 1.7,
    ionizationEnergy: 6.11,
    lines: [8498.02, 1450, 8542.09, 3600, 8662.14, 2700],
  },
  { species: 'Ca I', ionization: 'neutral', excitation: 0, ionizationEnergy: 6.11, lines: [4226.73, 1480] },
  {
    species: 'Ca I',
    ionization: 'neutral',
    excitation: 2.2,
    ionizationEnergy: 6.11,
    lines: [
      6102.72, 135, 6122.22, 222, 6162.17, 222, 6439.08, 160, 6493.78, 125, 6717.69, 120, 5588.75, 160, 5857.45, 150,
      4454.78, 220, 4425.44, 160,
    ],
  },
  {
    species: 'Mg I',
    ionization: 'neutral',
    excitation: 2.7,
    ionizationEnergy: 7.65,
    lines: [5167.32, 900, 5172.68, 1260, 5183.6, 1580, 3829.36, 900, 3832.3, 1700, 3838.29, 1900],
  },
  {
    species: 'Mg I',
    ionization: 'neutral',
    excitation: 4.35,
    ionizationEnergy: 7.65,
    lines: [4702.99, 330, 5528.4, 290, 5711.09, 105, 8806.76, 500],
  },
  {
    species: 'Na I',
    ionization: 'neutral',
    excitation: 0,
    ionizationEnergy: 5.14,
    lines: [5889.95, 750, 5895.92, 560],
  },
  {
    species: 'Na I',
    ionization: 'neutral',
    excitation: 2.1,
    ionizationEnergy: 5.14,
    lines: [5682.63, 105, 5688.21, 125, 8183.26, 230, 8194.82, 300],
  },
  {
    species: 'Ti I',
    ionization: 'neutral',
    excitation: 0.6,
    ionizationEnergy: 6.82,
    lines: same(105, 4981.73, 4991.07, 4999.5, 5007.21, 5039.96, 5173.74, 5192.97, 5210.39),
  },
  {
    species: 'Ti II',
    ionization: 'ionized',
    excitation: 1.2,
    ionizationEnergy: 6.82,
    lines: same(150, 4395.03, 4443.8, 4468.49, 4501.27, 4533.97, 4549.62, 4563.76, 4571.97),
  },
  {
    species: 'Cr I',
    ionization: 'neutral',
    excitation: 0.95,
    ionizationEnergy: 6.77,
    lines: [4254.33, 380, 4274.8, 330, 4289.72, 300, 5204.51, 190, 5206.04, 220, 5208.42, 250],
  },
  {
    species: 'Mn I',
    ionization: 'neutral',
    excitation: 0,
    ionizationEnergy: 7.43,
    lines: [4030.75, 330, 4033.06, 270, 4034.49, 200, 6021.82, 95],
  },
  {
    species: 'Ni I',
    ionization: 'neutral',
    excitation: 2.5,
    ionizationEnergy: 7.64,
    lines: same(110, 4714.42, 5035.36, 5080.53, 5476.9, 6643.64, 6767.77, 7122.2),
  },
  {
    species: 'Sr II',
    ionization: 'ionized',
    excitation: 0,
    ionizationEnergy: 5.69,
    lines: [4077.71, 420, 4215.52, 230],
  },
  {
    species: 'Ba II',
    ionization: 'ionized',
    excitation: 0.3,
    ionizationEnergy: 5.21,
    lines: [4554.03, 185, 4934.08, 170, 6141.72, 115, 6496.9, 98],
  },
  {
    species: 'Fe II',
    ionization: 'ionized',
    excitation: 2.8,
    ionizationEnergy: 7.9,
    lines: [
      4233.17, 150, 4508.28, 90, 4515.34, 88, 4520.22, 85, 4522.63, 95, 4583.83, 140, 4629.34, 90, 4923.92, 180,
      5018.43, 205, 5169.03, 230, 5197.57, 85, 5234.62, 88, 5316.61, 130,
    ],
  },
  {
    species: 'Fe I',
    ionization: 'neutral',
    excitation: 1,
    ionizationEnergy: 7.9,
    lines: [
      ...same(1500, 3820.43, 3859.91, 3745.56, 3748.26, 3758.23),
      ...[
        4045.81, 1180, 4063.59, 790, 4071.74, 720, 4132.06, 400, 4143.87, 470, 4202.03, 330, 4250.79, 350, 4271.76, 760,
        4307.9, 720, 4325.76, 790,
      ],
      ...[
        4383.54, 1010, 4404.75, 900, 4415.12, 420, 4427.31, 150, 4461.65, 160, 4528.61, 270, 5012.07, 110, 5041.07, 125,
        5051.63, 115, 5083.34, 108,
      ],
      ...[
        5107.45, 110, 5110.41, 130, 5150.84, 125, 5166.28, 115, 5171.6, 165, 5194.94, 125, 5216.27, 120, 5227.19, 280,
        5269.54, 480, 5270.36, 330,
      ],
      ...[
        5328.04, 375, 5328.53, 150, 5371.49, 230, 5397.13, 235, 5405.77, 260, 5429.7, 280, 5434.52, 180, 5446.92, 230,
        5455.61, 215, 5497.52, 125,
      ],
      ...same(
        115,
        5501.46,
        5506.78,
        6136.61,
        6137.69,
        6191.56,
        6230.72,
        6252.55,
        6265.13,
        6335.33,
        6393.6,
        6421.35,
        6430.85,
        6494.98,
        6546.24,
        6677.99,
      ),
      ...[8327.06, 200, 8387.77, 230, 8468.41, 150, 8514.07, 125, 8674.75, 125, 8688.62, 270, 8824.22, 290],
    ],
  },
  {
    species: 'Fe I',
    ionization: 'neutral',
    excitation: 3.5,
    ionizationEnergy: 7.9,
    lines: [
      ...same(
        170,
        4118.54,
        4187.04,
        4233.6,
        4260.47,
        4476.02,
        4494.56,
        4871.32,
        4872.14,
        4890.75,
        4891.49,
        4918.99,
        4920.5,
        4957.3,
        4957.6,
      ),
      ...same(
        130,
        5001.86,
        5006.12,
        5049.82,
        5133.69,
        5139.46,
        5191.46,
        5192.34,
        5232.94,
        5266.55,
        5281.79,
        5283.62,
        5302.3,
        5324.18,
        5339.93,
      ),
      ...same(
        125,
        5364.87,
        5367.47,
        5369.96,
        5383.37,
        5393.17,
        5404.15,
        5410.91,
        5415.2,
        5424.07,
        5445.04,
        5569.62,
        5572.84,
        5586.76,
        5615.64,
      ),
      ...same(
        95,
        5576.09,
        5624.54,
        5658.82,
        5662.52,
        5862.36,
        5930.18,
        6003.01,
        6008.56,
        6020.17,
        6024.06,
        6065.48,
        6213.43,
        6219.28,
        6246.32,
      ),
      ...same(
        85,
        6301.5,
        6302.49,
        6318.02,
        6336.82,
        6400,
        6411.65,
        6592.91,
        6593.87,
        6663.44,
        6750.15,
        7495.07,
        7511.02,
        7780.56,
        7832.2,
        8220.38,
      ),
    ],
  },
];

/** The G band of CH, the violet band of CN and MgH beside the Mg b lines, as the crowd of lines that they are. */
export function molecularBands(random: Random): LineGroup[] {
  const crowd = (from: number, to: number, count: number, width: number) =>
    Array.from({ length: count }, () => [random.uniform(from, to), width * random.uniform(0.5, 1.5)]).flat();
  return [
    { species: 'CH', ionization: 'molecule', excitation: 0.5, ionizationEnergy: 3.5, lines: crowd(4282, 4315, 70, 90) },
    { species: 'CN', ionization: 'molecule', excitation: 0.5, ionizationEnergy: 7.7, lines: crowd(3858, 3884, 50, 70) },
    {
      species: 'MgH',
      ionization: 'molecule',
      excitation: 0.5,
      ionizationEnergy: 1.3,
      lines: crowd(5000, 5212, 90, 25),
    },
  ];
}

/** The many weak metal lines that no list names, denser to the blue: a blanket rather than single features. */
export function weakLines(random: Random, count: number): LineGroup[] {
  return Array.from({ length: count }, () => {
    const wavelength = 3700 + 5300 * random.uniform() ** 2.2;
    const width = 8 - 35 * Math.log(1 - random.uniform()) * (5000 / wavelength);
    const isIonized = random.uniform() < 0.12;
    return {
      species: 'metal',
      ionization: isIonized ? ('ionized' as const) : ('neutral' as const),
      excitation: random.uniform(0.5, 4.8),
      ionizationEnergy: random.uniform(6.6, 8),
      lines: [wavelength, Math.min(width, 180)],
    };
  });
}
