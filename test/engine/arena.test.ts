/** Kernel memory that one training hands to the next. */
import { describe, expect, it } from 'vitest';
import { createArena, giveBack, reuseArena, withSlot } from '../../engine/kernels/arena';
import { bufferOf, reservedBytes } from '../../engine/kernels/kernels';

const sizes = [reservedBytes + 4096, 2048, 2] as const;

describe.each(['simd', 'plain'] as const)('kernel memory that was given back (%s)', (kind) => {
  it('is taken by the next of the same size, and holds nothing but zeros', () => {
    const first = createArena(...sizes, kind);
    withSlot(first, (slot) => new Uint8Array(bufferOf(first.memory), slot, 2048).fill(7));
    new Uint8Array(bufferOf(first.memory), reservedBytes, 4096).fill(9);
    giveBack(first);
    const next = reuseArena(...sizes, kind);
    expect(next.memory.id).toBe(first.memory.id);
    expect(new Uint8Array(bufferOf(next.memory), reservedBytes).every((byte) => byte === 0)).toBe(true);
  });

  it('goes to one taker only, and to none that needs another size', () => {
    const first = createArena(...sizes, kind);
    giveBack(first);
    expect(reuseArena(sizes[0], sizes[1], 3, kind).memory.id).not.toBe(first.memory.id);
    giveBack(first);
    const takers = [reuseArena(...sizes, kind), reuseArena(...sizes, kind)].map(({ memory }) => memory.id);
    expect(takers[0]).toBe(first.memory.id);
    expect(takers[1]).not.toBe(first.memory.id);
  });
});
