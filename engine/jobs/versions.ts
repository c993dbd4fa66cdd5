/** Which program this is, as far as the last digits of its results may depend on it. */
import { createHash } from 'node:crypto';
import { wasmBase64 } from '../kernels/wasmModule';
import { version } from './version';

/** Program, Node, kernels (the start of their SHA-256) and machine. */
export const versions: Readonly<Record<string, string>> = {
  cannon: version,
  node: process.versions.node,
  kernels: createHash('sha256').update(wasmBase64).digest('hex').slice(0, 16),
  machine: `${process.platform} ${process.arch}`,
};
