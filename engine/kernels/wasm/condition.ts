/**
 * The condition of 4 symmetric matrices at once: ‖S A S‖₁ ‖S⁻¹ A⁻¹ S⁻¹‖₁, with S = diag(A)^−½ so that units do not matter.
 *
 * Layout: A and its inverse as packed triangles, see `packed.ts`; `room` for 3 vectors [n][4]: S, and the sums of
 * absolute values down the columns of both, whose diagonals are positive. Cost: about ten operations an element.
 */

/** 4 doubles to `out`. */
export function conditionOfPanel(n: i32, matrix: usize, inverse: usize, room: usize, out: usize): void {
  const size = (<usize>n) << 5;
  for (let half: usize = 0; half < 32; half += 16) {
    const scale = room + half;
    const sums = scale + size;
    const inverseSums = sums + size;
    let most = f64x2.splat(0);
    let inverseMost = most;
    let e = half;
    for (let i: usize = 0; i < size; i += 32) {
      const diagonal = e + i;
      v128.store(scale + i, f64x2.sqrt(v128.load(matrix + diagonal)));
      const own = v128.load(scale + i);
      let sum = f64x2.splat(1);
      let inverseSum = f64x2.mul(f64x2.mul(v128.load(inverse + diagonal), own), own);
      for (let j: usize = 0; j < i; j += 32) {
        const factor = f64x2.mul(own, v128.load(scale + j));
        const a = f64x2.div(f64x2.abs(v128.load(matrix + e + j)), factor);
        const b = f64x2.mul(f64x2.abs(v128.load(inverse + e + j)), factor);
        sum = f64x2.add(sum, a);
        inverseSum = f64x2.add(inverseSum, b);
        v128.store(sums + j, f64x2.add(v128.load(sums + j), a));
        v128.store(inverseSums + j, f64x2.add(v128.load(inverseSums + j), b));
      }
      v128.store(sums + i, sum);
      v128.store(inverseSums + i, inverseSum);
      e = diagonal + 32;
    }
    for (let i: usize = 0; i < size; i += 32) {
      most = f64x2.max(most, v128.load(sums + i));
      inverseMost = f64x2.max(inverseMost, v128.load(inverseSums + i));
    }
    v128.store(out + half, f64x2.mul(most, inverseMost));
  }
}
