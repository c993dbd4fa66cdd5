/** The keys of the bench. */
import type { Key } from '../keys';
import type { StarPage } from './starPage';
import { verdictChoices } from './verdicts';
import type { ReviewBench } from './view';

export const pointer =
  'A click chooses a star, a double click inspects it, a click on a column’s head orders by it and turns the order around.';

/** Until the first verdict is given. */
export const keysInBrief = [...verdictChoices.map(({ key, text }) => `${key} ${text.toLowerCase().replace('…', '')}`)]
  .concat('U undo', '? all keys')
  .join(' · ');

/** A control that has the focus keeps the keys that are its own. */
const isFree = (): boolean => !(document.activeElement instanceof HTMLButtonElement);

export function keysOf(bench: ReviewBench, page: StarPage, openExport: () => void): Key[] {
  const isShown = (): boolean => bench.isShown;
  const move = (keys: readonly string[], shown: string, does: string, run: () => void): Key => ({
    ...{ keys, shown, does, run },
    isActive: isShown,
  });
  return [
    move(['j', 'ArrowDown'], 'J ↓', 'Next star', () => bench.step(1)),
    move(['k', 'ArrowUp'], 'K ↑', 'Previous star', () => bench.step(-1)),
    move(['PageDown'], 'PgDn', 'A page down', () => bench.step(bench.pageRows)),
    move(['PageUp'], 'PgUp', 'A page up', () => bench.step(-bench.pageRows)),
    move(['Home'], 'Home', 'The first star', () => bench.goTo(0)),
    move(['End'], 'End', 'The last star', () => bench.goTo(Infinity)),
    move([','], ',', 'The observation before, of a star with several', () => page.stepObservation(-1)),
    move(['.'], '.', 'The next observation', () => page.stepObservation(1)),
    { keys: ['w'], shown: 'W', does: 'The next star without a verdict', run: () => void bench.nextUnreviewed() },
    ...verdictChoices.map(({ action, key, text, means }): Key => ({
      keys: key === '+' ? ['+', '='] : [key.toLowerCase()],
      shown: key,
      does: `${text} ${means}`.replace(/^(.*?…?) /, (_, word: string) => `${word}: `),
      run: () => bench.act(action),
      isActive: isShown,
    })),
    move(['Delete', 'Backspace'], 'Del', 'Take the verdict back', () => bench.act('clear')),
    { keys: ['n'], shown: 'N', does: 'Write a note; Enter saves it', run: () => bench.act('note'), isActive: isShown },
    {
      keys: ['u'],
      shown: 'U',
      does: 'Undo the last verdict; with Shift, do it again',
      run: ({ shiftKey }) => bench.act(shiftKey ? 'redo' : 'undo'),
    },
    { keys: ['Enter'], shown: 'Enter', does: 'Go to the inspector', run: () => bench.inspect(true), isActive: isFree },
    { keys: ['/'], shown: '/', does: 'Write a condition', run: () => bench.act('filter') },
    { keys: ['h'], shown: 'H', does: 'Hide or show reviewed stars', run: () => bench.toggle('hidesReviewed') },
    {
      keys: ['a'],
      shown: 'A',
      does: 'A verdict goes on to the next star, or stays',
      run: () => bench.toggle('advances'),
    },
    { keys: ['v'], shown: 'V', does: 'The inspector follows, or stays', run: () => bench.toggle('follows') },
    { keys: ['o'], shown: 'O', does: 'Order by the next column of the table', run: () => bench.stepSort() },
    { keys: ['f'], shown: 'F', does: 'Show or hide the star’s page', run: () => bench.toggleFacts() },
    { keys: ['e'], shown: 'E', does: 'Export the stars of this queue', run: openExport },
  ];
}
