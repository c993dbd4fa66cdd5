/** What those who ask the language server notice when its process dies: before it is ready, while it answers, again and again. */
import { describe, expect, it } from 'vitest';
import { ServerCrashes } from '../../client/serverCrashes';
import { type ServerLife, ServerLives } from '../../client/serverLives';

function deferred<T>() {
  let [resolve, reject]: [(value: T) => void, (error: Error) => void] = [() => undefined, () => undefined];
  const promise = new Promise<T>((...both) => ([resolve, reject] = both));
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/** A process that does what the test says. */
class FakeLife implements ServerLife {
  isStopped = false;
  readonly #ready = deferred<void>();
  readonly #gone = deferred<void>();
  readonly #dying = deferred<never>();
  readonly ready = this.#ready.promise;
  readonly gone = this.#gone.promise;

  constructor(readonly number: number) {}

  getReady(): void {
    this.#ready.resolve();
  }

  /** As its client does: what waits for it fails, then it is known to be gone. */
  die(): void {
    this.#ready.reject(new Error('rejected since the connection got disposed'));
    this.#dying.reject(new LostError());
    this.#gone.resolve();
  }

  fail(): void {
    this.#ready.reject(new Error('spawn ENOMEM'));
  }

  /** An answer that takes until the process dies, or until `answer` settles. */
  asked<T>(answer: Promise<T>): Promise<T> {
    return Promise.race([answer, this.#dying.promise]);
  }

  stop(): Promise<void> {
    this.isStopped = true;
    this.#dying.reject(new LostError());
    return Promise.resolve();
  }
}

class LostError extends Error {}

function servers() {
  const lives: FakeLife[] = [];
  const waiting: ((life: FakeLife) => void)[] = [];
  const crashes = new ServerCrashes(() => 0);
  const server = new ServerLives<FakeLife>(
    () => {
      const life = new FakeLife(lives.length);
      lives.push(life);
      waiting.splice(0).forEach((tell) => tell(life));
      return life;
    },
    () => crashes.isFollowed(),
    1,
  );
  /** The process that is started next. */
  const next = () => new Promise<FakeLife>((resolve) => waiting.push(resolve));
  const never = new Promise<never>(() => undefined);
  const ask = <T>(answer: (life: FakeLife) => Promise<T>) =>
    server.ask(
      (life) => life.asked(answer(life)),
      (error) => error instanceof LostError,
    );
  return { server, lives, next, never, ask };
}

describe('a language server that dies', () => {
  it('at its start is waited for by all who ask, and each is answered by the one that follows', async () => {
    const { next, ask, lives } = servers();
    const answers = [1, 2, 3].map(() => ask((life) => Promise.resolve(life.number)));
    for (let n = 0; n < 4; n++) {
      const following = next();
      lives[n]!.die();
      await following;
    }
    lives[4]!.getReady();
    expect(await Promise.all(answers)).toEqual([4, 4, 4]);
    expect(lives).toHaveLength(5);
  });

  it('while it answers is followed by one that is asked the same', async () => {
    const { next, ask, lives, never, server } = servers();
    const answer = ask((life) => (life.number === 0 ? never : Promise.resolve(`of ${life.number}`)));
    lives[0]!.getReady();
    await server.ready();
    const following = next();
    lives[0]!.die();
    (await following).getReady();
    expect(await answer).toBe('of 1');
  });

  it('over each answer is not asked a third time, and the asker is told', async () => {
    const { next, ask, lives, never, server } = servers();
    const answer = ask(() => never);
    lives[0]!.getReady();
    await server.ready();
    for (const n of [0, 1]) {
      const following = next();
      lives[n]!.die();
      (await following).getReady();
      await server.ready();
    }
    await expect(answer).rejects.toThrow('The language server ended twice while it was answering');
    expect(lives).toHaveLength(3);
  });

  it('for the fifth time stays away until it is restarted, and who waits is told at once', async () => {
    const { next, ask, lives, server } = servers();
    const answer = ask((life) => Promise.resolve(life.number));
    for (let n = 0; n < 4; n++) {
      const following = next();
      lives[n]!.die();
      await following;
    }
    lives[4]!.die();
    await expect(answer).rejects.toThrow('The language server has stopped');
    expect(server.isAway).toBe(true);
    await expect(ask(() => Promise.resolve(0))).rejects.toThrow('The language server has stopped');
    expect(lives).toHaveLength(5);
    const sixth = next();
    const restarted = server.restart();
    (await sixth).getReady();
    await restarted;
    expect(await ask((life) => Promise.resolve(life.number))).toBe(5);
  });
});

it('hands on what the server itself answers with, and does not ask again', async () => {
  const { ask, lives } = servers();
  const answer = ask(() => Promise.reject(new Error('no such star')));
  lives[0]!.getReady();
  await expect(answer).rejects.toThrow('no such star');
  expect(lives).toHaveLength(1);
});

it('answers a question under way from the next server when it is restarted', async () => {
  const { ask, lives, never, server } = servers();
  const answer = ask((life) => (life.number === 0 ? never : Promise.resolve(life.number)));
  lives[0]!.getReady();
  await server.ready();
  const restarted = server.restart();
  await expect.poll(() => lives.length).toBe(2);
  lives[1]!.getReady();
  await restarted;
  expect(lives[0]!.isStopped).toBe(true);
  expect(await answer).toBe(1);
});

it('starts another one at the next question where a process could not be started at all', async () => {
  const { ask, lives } = servers();
  const answer = ask((life) => Promise.resolve(life.number));
  lives[0]!.fail();
  await expect(answer).rejects.toThrow('spawn ENOMEM');
  const again = ask((life) => Promise.resolve(life.number));
  lives[1]!.getReady();
  expect(await again).toBe(1);
});

it('follows no process once the window is closed', async () => {
  const { server, lives } = servers();
  const ready = server.ready();
  lives[0]!.getReady();
  await ready;
  server.dispose();
  await expect.poll(() => lives[0]!.isStopped).toBe(true);
  lives[0]!.die();
  await expect(server.ready()).rejects.toThrow('The language server has stopped');
  expect(lives).toHaveLength(1);
});
