/**
 * What the tree of runs shows: those at work or in a queue first, then the others by when they were asked for, the newest first: the
 * last days one by one, before that by months, never more than `pageSize` at a time. A folder that is not
 * unfolded costs a name. Pure.
 */
import type { RunStatus } from '../../engine/index';
import { isLive, type KnownRun } from './runCatalog';

export const pageSize = 100;
/** Days that have a row of their own. */
const dayRows = 7;
const dayMs = 86_400_000;

/** `id` is unique in the tree and stays when the tree is built again. */
export type RunNode = { readonly id: string } & (
  | {
      readonly kind: 'run';
      readonly folder: string;
      readonly config: string;
      /** Null while it has not been read. */
      readonly status: RunStatus | null;
    }
  /** A day, a month, or a part of one. */
  | {
      readonly kind: 'group';
      readonly label: string;
      readonly runs: readonly KnownRun[];
      readonly isOpen: boolean;
    }
);

/** The rows at the top. @param runs the newest first */
export function topRows(runs: readonly KnownRun[], now: Date): RunNode[] {
  const live = runs.filter(({ status }) => isLive(status));
  const groups = new Map<string, KnownRun[]>();
  for (const run of runs) {
    if (isLive(run.status)) continue;
    const label = periodOf(new Date(run.createdMs), now);
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [run]);
    else group.push(run);
  }
  return [
    ...live.map(rowOf),
    ...[...groups].map(([label, some], n): RunNode => ({
      ...{ kind: 'group', id: `group ${label}`, label, runs: some },
      // Whoever comes back after a week wants to see the last runs without a click.
      isOpen: n === 0,
    })),
  ];
}

/** One level below a row. */
export function rowsBelow(node: RunNode): RunNode[] {
  if (node.kind === 'run') return [];
  const { id, runs } = node;
  if (runs.length <= pageSize) return runs.map(rowOf);
  return Array.from({ length: Math.ceil(runs.length / pageSize) }, (_, page) => {
    const from = page * pageSize;
    const some = runs.slice(from, from + pageSize);
    return {
      ...{ kind: 'group', id: `${id}|${from}`, runs: some, isOpen: page === 0 },
      label: `${from + 1}–${from + some.length}`,
    };
  });
}

function rowOf({ config, folder, status }: KnownRun): RunNode {
  return { kind: 'run', id: folder, config, folder, status };
}

/** "Today", "Yesterday", "Wednesday 18 November", "October 2026". */
function periodOf(date: Date, now: Date): string {
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const days = Math.ceil((midnight - date.getTime()) / dayMs);
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  if (days < dayRows) return date.toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });
  return date.toLocaleDateString('en-GB', { month: 'long', year: 'numeric' });
}

/** Words by which `when` clauses of menus choose: "run finished train", "run failed cv resumable". */
export function contextOf(node: RunNode): string {
  if (node.kind === 'group' || node.status === null) return node.kind;
  const { job, state, canResume } = node.status;
  return ['run', state, job.command, ...(canResume ? ['resumable'] : [])].join(' ');
}
