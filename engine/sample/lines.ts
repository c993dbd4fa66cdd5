/**
 * The strong and well-known lines of the mock spectra, besides those in the windows of elements (`elementLines.ts`). Wavelengths
 * are in standard air, Å, as solar atlases give them; strengths are round solar equivalent widths in mÅ, good to look like a star
 * and no more. Excitation in eV of the lower level.
 */
import type { Element } from './elements';

export interface AtomicLines {
  readonly element: Element;
  readonly stage: 'neutral' | 'ionized';
  readonly excitation: number;
  /** Air wavelength and solar equivalent width, in turn. */
  readonly lines: readonly number[];
}

/** The Balmer series from Hα on, air wavelength and solar equivalent width in turn. */
export const balmerLines: readonly number[] = [
  6562.8, 3800, 4861.33, 3900, 4340.46, 3300, 4101.74, 3100, 3970.07, 2600, 3889.05, 2200, 3835.38, 1800, 3797.9, 1300,
  3770.63, 900, 3750.15, 700, 3734.37, 500,
];

/** The Paschen series from P11 on, which stands beside the calcium triplet of hot stars. */
export const paschenLines: readonly number[] = [
  8862.8, 330, 8750.5, 270, 8665.0, 220, 8598.4, 180, 8545.4, 140, 8502.5, 110, 8467.3, 80, 8438.0, 60,
];

export const strongLines: readonly AtomicLines[] = [
  { element: 'Ca', stage: 'ionized', excitation: 0, lines: [3933.66, 19000, 3968.47, 14500] },
  { element: 'Ca', stage: 'ionized', excitation: 1.7, lines: [8498.02, 1450, 8542.09, 3600, 8662.14, 2700] },
  { element: 'Ca', stage: 'neutral', excitation: 0, lines: [4226.73, 1480] },
  {
    element: 'Ca',
    stage: 'neutral',
    excitation: 2.2,
    lines: [
      6102.72, 135, 6122.22, 222, 6162.17, 222, 6439.08, 160, 6717.69, 120, 5588.75, 160, 4454.78, 220, 4425.44, 160,
    ],
  },
  {
    element: 'Mg',
    stage: 'neutral',
    excitation: 2.7,
    lines: [5167.32, 900, 5172.68, 1260, 5183.6, 1580, 3829.36, 900, 3832.3, 1700, 3838.29, 1900],
  },
  { element: 'Mg', stage: 'neutral', excitation: 4.35, lines: [4702.99, 330, 5528.4, 290, 8806.76, 500] },
  { element: 'Na', stage: 'neutral', excitation: 0, lines: [5889.95, 750, 5895.92, 560] },
  { element: 'Na', stage: 'neutral', excitation: 2.1, lines: [8183.26, 230, 8194.82, 300] },
  {
    element: 'Ti',
    stage: 'neutral',
    excitation: 0.6,
    lines: [
      4981.73, 105, 4991.07, 105, 4999.5, 105, 5007.21, 105, 5039.96, 105, 5173.74, 105, 5192.97, 105, 5210.39, 105,
    ],
  },
  {
    element: 'Ti',
    stage: 'ionized',
    excitation: 1.2,
    lines: [
      4395.03, 150, 4443.8, 150, 4468.49, 150, 4501.27, 150, 4533.97, 150, 4549.62, 150, 4563.76, 150, 4571.97, 150,
    ],
  },
  {
    element: 'Cr',
    stage: 'neutral',
    excitation: 0.95,
    lines: [4254.33, 380, 4274.8, 330, 4289.72, 300, 5204.51, 190, 5206.04, 220, 5208.42, 250],
  },
  { element: 'Mn', stage: 'neutral', excitation: 0, lines: [4030.75, 330, 4033.06, 270, 4034.49, 200] },
  {
    element: 'Ni',
    stage: 'neutral',
    excitation: 2.5,
    lines: [4714.42, 110, 5035.36, 110, 5080.53, 110, 5476.9, 110, 6767.77, 110, 7122.2, 110],
  },
  { element: 'Sr', stage: 'ionized', excitation: 0, lines: [4077.71, 420, 4215.52, 230] },
  { element: 'Ba', stage: 'ionized', excitation: 0.3, lines: [4554.03, 185, 4934.08, 170, 6141.72, 115] },
  {
    element: 'Fe',
    stage: 'ionized',
    excitation: 2.8,
    lines: [
      4233.17, 150, 4508.28, 90, 4515.34, 88, 4520.22, 85, 4522.63, 95, 4583.83, 140, 4629.34, 90, 4923.92, 180,
      5018.43, 205, 5169.03, 230, 5197.57, 85, 5234.62, 88, 5316.61, 130,
    ],
  },
  {
    element: 'Fe',
    stage: 'neutral',
    excitation: 1,
    lines: [
      3820.43, 1500, 3859.91, 1500, 3745.56, 1500, 3748.26, 1500, 3758.23, 1500, 4045.81, 1180, 4063.59, 790, 4071.74,
      720, 4132.06, 400, 4143.87, 470, 4202.03, 330, 4250.79, 350, 4271.76, 760, 4307.9, 720, 4325.76, 790, 4383.54,
      1010, 4404.75, 900, 4415.12, 420, 4427.31, 150, 4461.65, 160, 4528.61, 270, 5012.07, 110, 5041.07, 125, 5051.63,
      115, 5083.34, 108, 5107.45, 110, 5110.41, 130, 5150.84, 125, 5166.28, 115, 5171.6, 165, 5194.94, 125, 5216.27,
      120, 5227.19, 280, 5269.54, 480, 5270.36, 330, 5328.04, 375, 5328.53, 150, 5371.49, 230, 5397.13, 235, 5405.77,
      260, 5429.7, 280, 5434.52, 180, 5446.92, 230, 5455.61, 215, 5497.52, 125, 5501.46, 115, 5506.78, 115, 6136.61,
      115, 6137.69, 115, 6191.56, 115, 6230.72, 115, 6252.55, 115, 6265.13, 115, 6335.33, 115, 6393.6, 115, 6421.35,
      115, 6430.85, 115, 6494.98, 165, 6546.24, 115, 6677.99, 115, 8327.06, 200, 8387.77, 230, 8468.41, 150, 8514.07,
      125, 8674.75, 125, 8688.62, 270, 8824.22, 290,
    ],
  },
  {
    element: 'Fe',
    stage: 'neutral',
    excitation: 3.5,
    lines: [
      4118.54, 170, 4187.04, 170, 4233.6, 170, 4260.47, 170, 4476.02, 170, 4494.56, 170, 4871.32, 170, 4872.14, 170,
      4890.75, 170, 4891.49, 170, 4918.99, 170, 4920.5, 170, 4957.3, 170, 4957.6, 170, 5001.86, 130, 5006.12, 130,
      5049.82, 130, 5133.69, 130, 5139.46, 130, 5191.46, 130, 5192.34, 130, 5232.94, 130, 5266.55, 130, 5281.79, 130,
      5283.62, 130, 5302.3, 130, 5324.18, 130, 5339.93, 130, 5364.87, 125, 5367.47, 125, 5369.96, 125, 5383.37, 125,
      5393.17, 125, 5404.15, 125, 5410.91, 125, 5415.2, 125, 5424.07, 125, 5445.04, 125, 5569.62, 125, 5572.84, 125,
      5586.76, 125, 5615.64, 125, 5576.09, 95, 5624.54, 95, 5658.82, 95, 5662.52, 95, 5862.36, 95, 5930.18, 95, 6003.01,
      95, 6008.56, 95, 6020.17, 95, 6024.06, 95, 6065.48, 95, 6213.43, 95, 6219.28, 95, 6246.32, 95, 6301.5, 85,
      6302.49, 85, 6318.02, 85, 6336.82, 85, 6400, 85, 6411.65, 85, 6592.91, 85, 6593.87, 85, 6663.44, 85, 6750.15, 85,
      7495.07, 85, 7511.02, 85, 7780.56, 85, 7832.2, 85, 8220.38, 85,
    ],
  },
  { element: 'Mn', stage: 'neutral', excitation: 3.07, lines: [6013.5, 85, 6016.65, 95, 6021.82, 95] },
  { element: 'Mn', stage: 'neutral', excitation: 2.2, lines: [4754.05, 150, 4823.52, 148] },
  { element: 'Al', stage: 'neutral', excitation: 0, lines: [3944.01, 488, 3961.52, 621] },
  { element: 'Al', stage: 'neutral', excitation: 4.05, lines: [8772.87, 90, 8773.9, 110] },
  { element: 'K', stage: 'neutral', excitation: 0, lines: [7664.9, 190] },
  { element: 'Cu', stage: 'neutral', excitation: 1.39, lines: [5105.54, 93, 5218.2, 52] },
  { element: 'O', stage: 'neutral', excitation: 0, lines: [6300.3, 5] },
  { element: 'O', stage: 'neutral', excitation: 9.52, lines: [8446.36, 75, 8446.76, 60] },
  { element: 'S', stage: 'neutral', excitation: 7.87, lines: [8693.96, 18, 8694.63, 30] },
  { element: 'Si', stage: 'neutral', excitation: 5.6, lines: [6145.02, 38, 6155.13, 86, 7405.77, 90, 7415.95, 100] },
  { element: 'Si', stage: 'neutral', excitation: 5.08, lines: [5772.15, 52, 5948.54, 86] },
  { element: 'Si', stage: 'ionized', excitation: 8.1, lines: [6347.1, 52, 6371.36, 36] },
  { element: 'Sc', stage: 'ionized', excitation: 0.3, lines: [4246.82, 170, 4320.73, 110, 4374.46, 115] },
  { element: 'Sc', stage: 'ionized', excitation: 1.6, lines: [5031.02, 70, 5239.81, 52, 5526.79, 76] },
  { element: 'V', stage: 'neutral', excitation: 0.3, lines: [4379.23, 120, 4384.72, 95, 4389.97, 80, 4408.2, 85] },
  { element: 'Co', stage: 'neutral', excitation: 0.9, lines: [3995.3, 110, 4118.77, 100, 4121.31, 120] },
  { element: 'Y', stage: 'ionized', excitation: 0.3, lines: [3950.36, 48, 4177.53, 55, 4374.94, 85, 4398.01, 55] },
  { element: 'Y', stage: 'ionized', excitation: 1.04, lines: [5087.42, 48, 5200.41, 38, 5205.73, 50] },
  { element: 'Zr', stage: 'ionized', excitation: 0.75, lines: [4149.2, 40, 4161.21, 38, 4208.98, 44] },
  { element: 'La', stage: 'ionized', excitation: 0.2, lines: [3988.52, 40, 3995.75, 30, 4086.71, 42, 4123.22, 40] },
  { element: 'Ce', stage: 'ionized', excitation: 0.5, lines: [4137.65, 30, 4222.6, 24, 4562.36, 23, 4628.16, 20] },
  { element: 'Nd', stage: 'ionized', excitation: 0.3, lines: [4061.08, 40, 4109.45, 35, 4303.57, 35, 4446.38, 18] },
  {
    element: 'Eu',
    stage: 'ionized',
    excitation: 0.05,
    lines: [3907.1, 50, 3930.5, 60, 4129.7, 55, 4205.05, 55, 4435.56, 30],
  },
];
