/** When a language server that died is followed by another one, and when somebody has to ask for it. */
import { expect, it } from 'vitest';
import { ServerCrashes } from '../../client/serverCrashes';

/** Does what the server does at these times, in seconds. */
function crashesAt(...seconds: number[]) {
  let [now, nGivenUp] = [0, 0];
  const crashes = new ServerCrashes(
    () => nGivenUp++,
    () => now,
  );
  const actions = seconds.map((second) => {
    now = second * 1000;
    const { action } = crashes.closed() as { action: number };
    return action === 2 ? 'again' : 'away';
  });
  return { actions, nGivenUp };
}

it('is followed by another one four times within three minutes, and after the fifth only by wish', () => {
  expect(crashesAt(0, 1, 2, 3, 4)).toEqual({ actions: ['again', 'again', 'again', 'again', 'away'], nGivenUp: 1 });
});

it('counts anew once somebody has started it again', () => {
  const { actions, nGivenUp } = crashesAt(0, 1, 2, 3, 4, 10, 11, 12, 13, 14);
  expect(actions.map((action, n) => (action === 'away' ? n : -1)).filter((n) => n >= 0)).toEqual([4, 9]);
  expect(nGivenUp).toBe(2);
});

it('is always followed where it dies now and then', () => {
  const hourly = crashesAt(...Array.from({ length: 50 }, (_, n) => n * 50));
  expect(new Set(hourly.actions)).toEqual(new Set(['again']));
});
