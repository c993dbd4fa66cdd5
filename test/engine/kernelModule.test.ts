/** Kept apart from the tests of what kernels compute, as a fault put into a kernel's source must not fail by this test alone. */
import { expect, it } from 'vitest';
import { wasmBase64 } from '../../engine/kernels/wasmModule';
import { compileKernels } from '../../scripts/kernels.mjs';

it('the module of compiled kernels is that of their sources', async () => {
  expect(await compileKernels()).toContain(wasmBase64);
});
