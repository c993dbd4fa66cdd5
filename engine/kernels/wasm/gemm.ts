/**
 * C (+)= A B, the product that carries nearly all the arithmetic.
 *
 * Layout: A comes in panels of 4 rows, [nRows / 4][nInner][4]; B in panels of 4 columns, [nColumns / 4][nInner][4];
 * C is row-major, nRows × nColumns. Rows and columns are multiples of 4. Only k in [from, to) is summed.
 * Cost: 2 nRows nColumns (to − from) flops. k is cut in blocks, so that a block of B stays in the second-level cache
 * and one of A in the first; within a block a 4 × 4 tile of C lives in registers (`tile.ts`).
 */
import { ADD, SET, tile } from './tile';

const BLOCK: i32 = 256;

export function gemm(
  nRows: i32,
  nColumns: i32,
  nInner: i32,
  a: usize,
  b: usize,
  c: usize,
  from: i32,
  to: i32,
  accumulate: i32,
): void {
  for (let k0 = from; k0 < to; k0 += BLOCK) {
    const depth = min<i32>(BLOCK, to - k0);
    const how = k0 > from || accumulate != 0 ? ADD : SET;
    for (let i = 0; i < nRows; i += 4) {
      const aTile = a + ((<usize>i * <usize>nInner + <usize>k0 * 4) << 3);
      for (let j = 0; j < nColumns; j += 4) {
        const bTile = b + ((<usize>j * <usize>nInner + <usize>k0 * 4) << 3);
        const cTile = c + ((<usize>i * <usize>nColumns + <usize>j) << 3);
        tile(depth, aTile, bTile, cTile, cTile, (<usize>nColumns) << 3, how);
      }
    }
  }
}
