/**
 * Native libraries by their own bytes: which machines one is made for, and of a file of macOS for several machines the part
 * for one. Sources: the ELF header (e_machine), Apple's <mach-o/fat.h> and <mach-o/loader.h>, the PE format (Machine).
 */

const cpuOfMac = { 'darwin-x64': 0x01000007, 'darwin-arm64': 0x0100000c };
const universal = 0xcafebabe;
const entryBytes = 20;

/** The platforms of a native library by its header; on macOS one file may hold several libraries. */
export function machinesOf(bytes) {
  const parts = partsOf(bytes);
  return parts === null ? [machineOf(bytes)] : parts.map(({ machine }) => machine);
}

/**
 * What a library for `target` needs of a file: all of it, or of one for several machines that machine's part. A part is a
 * whole library with its own signature, which stays valid (`lipo -thin` does the same).
 */
export function onlyFor(target, bytes) {
  const part = partsOf(bytes)?.find(({ machine }) => machine === target);
  return part === undefined ? bytes : bytes.subarray(part.offset, part.offset + part.size);
}

/** The libraries in a universal file; null when it is none. */
function partsOf(bytes) {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== universal) return null;
  const nParts = Math.min(bytes.readUInt32BE(4), Math.floor((bytes.length - 8) / entryBytes));
  return Array.from({ length: nParts }, (_, k) => {
    const at = 8 + k * entryBytes;
    const [cpu, offset, size] = [0, 8, 12].map((field) => bytes.readUInt32BE(at + field));
    return { machine: macOf(cpu), offset, size };
  });
}

const macOf = (cpu) => Object.keys(cpuOfMac).find((name) => cpuOfMac[name] === cpu) ?? 'another macOS';

/** ELF e_machine, Mach-O cputype, PE Machine. */
function machineOf(bytes) {
  if (bytes.length < 64) return 'nothing';
  if (bytes.readUInt32BE(0) === 0x7f454c46)
    return { 62: 'linux-x64', 183: 'linux-arm64' }[bytes.readUInt16LE(18)] ?? 'another Linux';
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return macOf(bytes.readUInt32LE(4));
  if (bytes.toString('latin1', 0, 2) === 'MZ') {
    const at = bytes.readUInt32LE(60);
    return at + 6 <= bytes.length && bytes.readUInt16LE(at + 4) === 0x8664 ? 'win32-x64' : 'another Windows';
  }
  return 'an unknown machine';
}
