/** Kernel memory that threads share: one instance for each, and threads that end in the middle of a kernel. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { createArena, withSlot } from '../../engine/kernels/arena';
import { bufferOf, createKernelMemory, kernelsFor, reservedBytes } from '../../engine/kernels/kernels';
import { wasmBase64 } from '../../engine/kernels/wasmModule';

/** Multiplies 64 × 64 × 4096 without end, on the memory that it is given. */
const multiplier = `
const { workerData: { memory, base64, from }, parentPort } = require('node:worker_threads');
const module = new WebAssembly.Module(Buffer.from(base64, 'base64'));
const kernels = new WebAssembly.Instance(module, { env: { memory, abort() {} } }).exports;
parentPort.postMessage('begun');
for (;;) kernels.gemm(64, 64, 4096, from, from, from + 8 * 64 * 4096, 0, 4096, 0);
`;

describe('kernel memory', () => {
  it('has one instance of the kernels in a thread, also where two take turns', () => {
    const [a, b] = [createKernelMemory(2 * reservedBytes), createKernelMemory(2 * reservedBytes)];
    const [first, second] = [kernelsFor(a), kernelsFor(b)];
    for (let turn = 0; turn < 20; turn++) {
      expect(kernelsFor(a)).toBe(first);
      // What comes by message is another object for the same memory.
      expect(kernelsFor({ ...b })).toBe(second);
    }
  });

  it('lets go of memories that are not worked on any more', () => {
    const a = createKernelMemory(2 * reservedBytes);
    const first = kernelsFor(a);
    for (let k = 0; k < 4; k++) kernelsFor(createKernelMemory(2 * reservedBytes));
    expect(kernelsFor(a)).not.toBe(first);
  });

  it('stays whole when threads are stopped in the middle of a kernel', async () => {
    const arena = createArena(reservedBytes, 8 * (64 * 4096 + 64 * 64), 2);
    const f = new Float64Array(bufferOf(arena.memory));
    const [mine, theirs] = [arena.slots, arena.slots + arena.slotBytes];
    f.fill(0.5, arena.slots / 8);
    for (let round = 0; round < 8; round++) {
      const workerData = { memory: arena.memory.memory, base64: wasmBase64, from: theirs };
      const worker = new Worker(multiplier, { eval: true, workerData });
      await once(worker, 'message');
      withSlot(arena, (slot) => {
        expect(slot).toBe(mine);
        kernelsFor(arena.memory).gemm(64, 64, 4096, slot, slot, slot + 8 * 64 * 4096, 0, 4096, 0);
      });
      await worker.terminate();
      expect(f[mine / 8 + 64 * 4096 + round]).toBe(1024);
      expect(f[mine / 8]).toBe(0.5);
    }
  });

  it('answers an offset beyond its end with an error, not with the end of the process', () => {
    const memory = createKernelMemory(2 * reservedBytes);
    expect(() => kernelsFor(memory).add(1 << 20, reservedBytes, reservedBytes)).toThrow(WebAssembly.RuntimeError);
  });
});
