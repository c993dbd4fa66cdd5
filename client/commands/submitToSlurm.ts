/**
 * Cannon: Submit to Slurm. Asks what to do and with what resources, remembers the answers for the next time in this workspace, and hands
 * the run to Slurm. It then is among the runs as any other.
 */
import { CancellationError, commands, ProgressLocation, Uri, window, workspace, type QuickPickItem } from 'vscode';
import { newestModels, makeRunFolder, requireSlurm, type Command } from '../../engine/index';
import type { App } from '../app';
import { submitRun } from '../jobs/submission';
import { commandTitle } from '../jobs/wording';
import { say } from '../messages';
import { saveConfig } from '../saveConfig';
import { targetOf } from '../target';
import {
  argumentsOf,
  asChoices,
  choiceNames,
  rows,
  withChoice,
  type ChoiceName,
  type SlurmChoices,
} from './slurmChoices';

const memoryKey = 'cannon.slurmChoices';
const submittable = ['infer', 'cv', 'train'] as const satisfies readonly Command[];
const explained: Readonly<Record<(typeof submittable)[number], string>> = {
  infer: 'shards, then one job that puts the labels together',
  cv: 'shards train all folds, then label the held-out stars',
  train: 'one job',
};

/** @returns the run folder, or undefined when there is nothing to submit yet. */
export async function submitToSlurm(app: App, args: readonly unknown[]): Promise<string | undefined> {
  const { surveys, jobs, inspector, watch, context, log } = app;
  await requireSlurm();
  const config = await surveys.choose(targetOf(args), inspector.config);
  const command = await chooseCommand();
  if (command === 'infer' && (await newestModels(config)).length === 0) {
    say('warning', 'No model has been trained for this survey yet. Train one first, then infer labels.', {
      Train: () => commands.executeCommand('cannon.train', { config }),
    });
    return undefined;
  }
  const settings = asChoices(workspace.getConfiguration('cannon', Uri.file(config)).get('slurm'));
  const remembered = context.workspaceState.get(memoryKey);
  const choices = await chooseResources(command, { ...settings, ...asChoices(remembered) });
  await context.workspaceState.update(memoryKey, choices);
  await saveConfig(config);
  await jobs.mayRead(config);
  const runFolder = makeRunFolder(config, command);
  const job = { command, config, runFolder, args: argumentsOf(command, choices) };
  const title = `Cannon: Submitting ${commandTitle[command]} to Slurm`;
  const { id, shards } = await window.withProgress({ location: ProgressLocation.Notification, title }, () =>
    submitRun(jobs.cli, job),
  );
  log.info(`Submitted ${command} in ${runFolder} to Slurm as ${id}.`);
  watch.expect(config, runFolder);
  const parts = shards === 0 ? '' : ` in ${shards} ${shards === 1 ? 'shard' : 'shards'}`;
  say('information', `Slurm has ${commandTitle[command]}${parts} as job ${id}. It goes on without this window.`, {
    'Show Runs': () => commands.executeCommand('cannon.runs.focus'),
  });
  return runFolder;
}

async function chooseCommand(): Promise<(typeof submittable)[number]> {
  const items = submittable.map((command) => ({
    label: commandTitle[command],
    description: explained[command],
    command,
  }));
  const picked = await window.showQuickPick(items, { title: 'Submit to Slurm', placeHolder: 'What shall Slurm do?' });
  if (picked === undefined) throw new CancellationError();
  return picked.command;
}

interface ResourceItem extends QuickPickItem {
  /** Null submits. */
  readonly name: ChoiceName | null;
}

/** A menu of what is chosen, each row of which can be changed, until Submit is. */
async function chooseResources(command: Command, before: SlurmChoices): Promise<SlurmChoices> {
  let choices = before;
  for (;;) {
    const names = choiceNames.filter((name) => command !== 'train' || (name !== 'shards' && name !== 'arrayThrottle'));
    const items: ResourceItem[] = [
      { label: '$(rocket) Submit', name: null, alwaysShow: true },
      ...names.map((name) => ({
        label: rows[name].title,
        description: String(choices[name] ?? rows[name].otherwise),
        name,
      })),
    ];
    const title = `Submit ${commandTitle[command]} to Slurm`;
    const picked = await window.showQuickPick(items, { title, placeHolder: 'Submit, or change a row first' });
    if (picked === undefined) throw new CancellationError();
    if (picked.name === null) return choices;
    choices = await change(choices, picked.name);
  }
}

async function change(choices: SlurmChoices, name: ChoiceName): Promise<SlurmChoices> {
  const { title, otherwise, prompt, problem } = rows[name];
  const text = await window.showInputBox({
    title,
    prompt: `${prompt} Empty for ${otherwise}.`,
    value: String(choices[name] ?? ''),
    validateInput: (typed) => (typed.trim() === '' ? null : problem(typed.trim())),
  });
  // Escape goes back to the menu.
  return text === undefined ? choices : withChoice(choices, name, text);
}
