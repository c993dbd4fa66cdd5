/** A survey that was moved or copied, runs and all: its results are found where they lie now. */
import { mkdtemp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readResult } from '../../engine/jobs/runFiles';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'moved-run-'));
});
afterEach(() => rm(root, { recursive: true }));

async function write(path: string, content: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
}

/** A finished run of the survey in `folder`, with the files that its result names. */
async function writeRun(folder: string, name: string, result: Record<string, unknown>, files: readonly string[]) {
  const run = join(folder, '.cannon', 'runs', name);
  await write(join(run, 'job.json'), { format: 2, config: join(folder, 'cannon.yaml') });
  await write(join(run, 'result.json'), { kind: 'finished', ...result });
  for (const file of files) await write(file, '');
}

const trained = (path: string) => ({
  ...{ command: 'train', funnel: [] },
  models: [{ name: 'main', path, stars: 10, pixels: 5, unconverged: 0 }],
});
const inferred = (out: string) => ({ ...{ command: 'infer', out, spectra: 1, labelled: 1, problems: 0 } });

describe('the result of a run in a survey that was moved', () => {
  it('names the files where they lie now', async () => {
    const [old, now] = [join(root, 'old'), join(root, 'now')];
    const model = join(old, '.cannon/runs/t/main/model.fits');
    const table = join(old, 'tables/labels.fits');
    await writeRun(old, 't', trained(model), [model]);
    await writeRun(old, 'i', inferred(table), [table]);
    expect(await readResult(join(old, '.cannon/runs/t'))).toMatchObject({ models: [{ path: model }] });
    await rename(old, now);
    const moved = await readResult(join(now, '.cannon/runs/t'));
    expect(moved).toMatchObject({ models: [{ path: join(now, '.cannon/runs/t/main/model.fits'), stars: 10 }] });
    expect(await readResult(join(now, '.cannon/runs/i'))).toMatchObject({ out: join(now, 'tables/labels.fits') });
  });

  it('leaves what lay outside the survey, and what did not come along, as it was', async () => {
    const [old, now] = [join(root, 'old'), join(root, 'now')];
    const [outside, gone] = [join(root, 'labels.fits'), join(old, 'gone.fits')];
    await writeRun(old, 'outside', inferred(outside), [outside]);
    await writeRun(old, 'gone', inferred(gone), []);
    await rename(old, now);
    expect(await readResult(join(now, '.cannon/runs/outside'))).toMatchObject({ out: outside });
    expect(await readResult(join(now, '.cannon/runs/gone'))).toMatchObject({ out: gone });
  });

  it('is that of the copy, not of the survey that it was copied from', async () => {
    const [first, copy] = [join(root, 'first'), join(root, 'copy')];
    const model = join('.cannon', 'runs', 't', 'main', 'model.fits');
    await writeRun(first, 't', trained(join(first, model)), [join(first, model), join(copy, model)]);
    await write(join(copy, '.cannon/runs/t/job.json'), { format: 2, config: join(first, 'cannon.yaml') });
    await write(join(copy, '.cannon/runs/t/result.json'), { kind: 'finished', ...trained(join(first, model)) });
    expect(await readResult(join(copy, '.cannon/runs/t'))).toMatchObject({ models: [{ path: join(copy, model) }] });
  });

  it('is as it stands where job.json does not tell, or the run lies elsewhere', async () => {
    const far = join(root, 'far', 'labels.fits');
    const run = join(root, 'survey/.cannon/runs/i');
    await write(join(run, 'result.json'), { kind: 'finished', ...inferred(far) });
    expect(await readResult(run)).toMatchObject({ out: far });
    await write(join(run, 'job.json'), '[]');
    expect(await readResult(run)).toMatchObject({ out: far });
    await write(join(root, 'elsewhere/result.json'), { kind: 'finished', ...inferred(far) });
    expect(await readResult(join(root, 'elsewhere'))).toMatchObject({ out: far });
  });
});
