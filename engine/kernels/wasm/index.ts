/** The kernels that are compiled to WebAssembly; `../plain.ts` holds their twins and `../kernels.ts` their contract. */
export { gemm } from './gemm';
export { conditionOfPanel } from './condition';
export { add, applyDesign, multiply, multiplyWeightSquared, weigh } from './columns';
export { logLikelihood, scatterSums } from './scatter';
export { choleskyFactor, choleskySolve, invertFactor, subtractUnfolded, symmetricMultiply, unfold } from './packed';
export { modelOfPanel, roughness, shiftSums, slopeOfPanel } from './residuals';
export { countLower, panelSums, squareModel, squaresOfStar, weighStar } from './stars';
export { evaluateAtFour, evaluateMonomials, multiplyGathered, sumProducts } from './polynomial';
export { windowSums } from './windowSums';
