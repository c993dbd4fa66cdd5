/**
 * The engine's door for panels: the few pure functions that a webview shares with the engine.
 * Nothing below this file imports `node:`.
 */
export { sheetText } from './catalog/sheetText';
export { noNumber, realMinus, roundLike, roundTo, roundToError, withError } from './catalog/rounding';
export { elementOfLabel, elementScores, type ElementScore, informationOf } from './cannon/anatomy';
export { agreement } from './cannon/agreement';
export { RecoveryDensity } from './cannon/extrapolation';
export { chiSquareSurvival } from './cannon/chiSquare';
export { airToVacuum } from './spectra/airVacuum';
export { pixelsIn } from './spectra/elementWindows';
export { vectorize } from './cannon/vectorizer';
export { nShades, shadeOf, shades } from './picture/colourMap';
export { type LabelText, labelText, labelWithUnit, labelWord } from './picture/labelWords';
export { axisExponent, formatTicks, niceTicks, type Range, roundTicks, superscript, type Tick } from './picture/ticks';
