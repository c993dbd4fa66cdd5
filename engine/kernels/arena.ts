/**
 * Places in kernel memory: a shared part that all threads read, and slots, one for each task under way, to write in.
 *
 * A task takes a free slot when it begins and gives it back at its end. Which slot it gets depends on timing; what it
 * computes does not, since nothing in a slot outlives the task.
 */
import {
  bufferOf,
  createKernelMemory,
  defaultKernelKind,
  maxMemoryBytes,
  reservedBytes,
  type KernelKind,
  type KernelMemory,
} from './kernels';
import { UserError } from '../problems';

/** Hands out byte offsets, aligned to cache lines. */
export class Layout {
  #top: number;

  constructor(from = reservedBytes) {
    this.#top = from;
  }

  take(bytes: number): number {
    const at = this.#top;
    this.#top = Math.ceil((at + bytes) / 128) * 128;
    return at;
  }

  doubles(count: number): number {
    return this.take(8 * count);
  }

  get bytes(): number {
    return this.#top;
  }
}

export interface Arena {
  readonly memory: KernelMemory;
  readonly nSlots: number;
  /** Where the slots begin; the flags that tell which are taken are at 0. */
  readonly slots: number;
  readonly slotBytes: number;
}

/** Their flags lie before the kernels' own data. */
const maxSlots = 128;

/** @throws UserError CAN320 when that is more than 4 GB or than the machine has. */
export function createArena(sharedBytes: number, slotBytes: number, nSlots: number, kind?: KernelKind): Arena {
  const bytes = sharedBytes + slotBytes * nSlots;
  const gigabytes = (bytes / 2 ** 30).toFixed(1);
  const tooLarge = new UserError(
    `The kernels need ${gigabytes} GB of memory for this many stars and terms, more than there is`,
    'Use fewer labels, linear terms, fewer stars or fewer workers; each kernel memory ends at 4 GB.',
    'CAN320',
  );
  if (bytes > maxMemoryBytes || nSlots > maxSlots) throw tooLarge;
  try {
    return { memory: createKernelMemory(bytes, kind), nSlots, slots: sharedBytes, slotBytes };
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge;
    throw error;
  }
}

let given: WeakRef<Arena> | null = null;

/**
 * For work that is done with an arena, all of its tasks: the next of the same size takes its memory, unless the collector was
 * faster. So two trainings one after the other never hold two blocks of gigabytes because nobody has collected the first.
 */
export function giveBack(arena: Arena): void {
  given = new WeakRef(arena);
}

/** As `createArena`, in the memory of the last arena that was given back where that is as large; all zero, like a new one. */
export function reuseArena(sharedBytes: number, slotBytes: number, nSlots: number, kind?: KernelKind): Arena {
  const before = given?.deref();
  given = null;
  const isAlike =
    before?.slots === sharedBytes &&
    before.slotBytes === slotBytes &&
    before.nSlots === nSlots &&
    before.memory.kind === (kind ?? defaultKernelKind());
  if (!isAlike) return createArena(sharedBytes, slotBytes, nSlots, kind);
  // Before that lie the flags, which are all down, and the tables of the compiled module.
  new Uint8Array(bufferOf(before.memory), reservedBytes).fill(0);
  return before;
}

/** Runs `use` with the offset of a slot that no other task has. */
export function withSlot<T>(arena: Arena, use: (slot: number) => T): T {
  const flags = new Int32Array(bufferOf(arena.memory), 0, arena.nSlots);
  for (let slot = 0; slot < arena.nSlots; slot++) {
    if (Atomics.compareExchange(flags, slot, 0, 1) !== 0) continue;
    try {
      return use(arena.slots + slot * arena.slotBytes);
    } finally {
      Atomics.store(flags, slot, 0);
    }
  }
  throw new Error(`More tasks run at once than the ${arena.nSlots} that kernel memory was made for`);
}
