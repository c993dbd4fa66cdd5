/** Cannon: Show Training Set. Opens the panel of a survey's reference stars. */
import type { App } from '../app';
import { targetOf } from '../target';

export async function showTrainingSet(app: App, args: readonly unknown[]): Promise<void> {
  const config = await app.surveys.choose(targetOf(args), app.trainingSet.shown?.config ?? app.inspector.config);
  await app.trainingSet.show({ config });
}
