/**
 * `cannon init`: a first cannon.yaml from the spectra and tables in a folder. Looks at so many files and no more, says what it is
 * not sure of, and never overwrites a file.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { draftOf } from '../draft/draft';
import { seeFolder } from '../draft/folder';
import { findKinds } from '../draft/kinds';
import { findTables, type FoundTables } from '../draft/reference';
import { lookAtSpectra } from '../draft/spectra';
import { draftText } from '../draft/text';
import { UserError } from '../problems';
import type { FinishedEvent, JobContext } from './events';
import { throttledProgress } from './job';

export type InitFinished = FinishedEvent & { readonly command: 'init' };

/**
 * Writes `folder`/cannon.yaml.
 * @throws UserError CAN420 when the folder has a survey already, CAN421 when it has no spectrum, CAN422 when it cannot be read or
 * written; and the signal's reason when it aborts.
 */
export async function initSurvey(folder: string, context: JobContext): Promise<InitFinished> {
  const { signal } = context;
  refuseSecond(folder);
  const { files, isWhole } = await seeFolder(folder, signal);
  const stage = (name: string) => {
    let tell: ((done: number) => void) | null = null;
    return (done: number, total: number) => (tell ??= throttledProgress(context, name, total))(done);
  };
  const kinds = await findKinds(folder, files, signal, stage('Recognizing spectra'));
  if (kinds === null) throw withoutSpectra(folder, files, await findTables(folder, files, [], signal));
  const spectra = await lookAtSpectra(folder, kinds.survey, kinds.paths, signal, stage('Reading spectra'));
  const isSpectrum = new Set(kinds.paths.filter((path) => !kinds.misfits.includes(path)));
  const others = files.filter((path) => !isSpectrum.has(path));
  const tables = await findTables(folder, others, spectra.identities, signal);
  const draft = draftOf({ kinds, spectra, tables, isWhole });
  const config = join(folder, 'cannon.yaml');
  await writeFile(config, draftText(kinds.survey, draft), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') refuseSecond(folder);
    throw new UserError(`${config} cannot be written (${error.code ?? error.message})`, 'Name a folder that you may write to.', 'CAN422'); // prettier-ignore
  });
  return {
    ...{ kind: 'finished', command: 'init', config, survey: kinds.survey, spectra: kinds.paths.length },
    ...{ reference: draft.reference, labels: draft.labels, notes: draft.notes },
  };
}

/** @throws UserError CAN420 where the folder has a survey. */
function refuseSecond(folder: string): void {
  const taken = ['cannon.yaml', 'cannon.yml'].find((name) => existsSync(join(folder, name)));
  if (taken === undefined) return;
  throw new UserError(`${folder} has a ${taken} already, which is left as it is`, 'Rename it, or name another folder.', 'CAN420'); // prettier-ignore
}

function withoutSpectra(folder: string, files: readonly string[], { tables }: FoundTables): UserError {
  const names = (tables.length > 0 ? tables.map(({ path }) => path) : files).map((path) => basename(path));
  const listed = names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : '');
  const seen =
    files.length === 0
      ? 'it has no files'
      : tables.length > 0
        ? `only ${tables.length === 1 ? 'a table' : 'tables'}: ${listed}`
        : `nothing of a kind that is known here among ${listed}`;
  return new UserError(
    `There is no spectrum in ${folder}: ${seen}`,
    'Name the folder that holds your spectra; `cannon sample` writes a survey to try things on.',
    'CAN421',
  );
}
