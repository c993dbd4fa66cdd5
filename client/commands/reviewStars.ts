/**
 * Cannon: Review Flagged Stars. Opens the review bench: on the catalog that it is called on, else on the one that it showed last
 * of the survey, else on the survey's newest; at the stars of a flag where the caller names one. The commands of its keys are handed on to it.
 */
import type { App } from '../app';
import { targetOf } from '../target';

export async function reviewStars(app: App, args: readonly unknown[]): Promise<void> {
  const target = targetOf(args);
  const { shown } = app.review;
  const config = await app.surveys.choose(target, shown?.config ?? app.inspector.config);
  const catalog = target.path ?? (shown?.config === config ? shown.catalog : null);
  await app.review.showAt({ config, catalog }, target.focus ?? null);
}

/** What a command asks of the bench, by the words that both know. */
export const benchCommand =
  (action: string) =>
  ({ review }: App): void => {
    review.focus();
    review.act(action);
  };
