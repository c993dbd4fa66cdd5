/** Three workers of which the one that was asked last is done first: results must not depend on such things. */
import { thisThread, type Workers } from '../../engine/cannon/workers';

const queue: (() => void)[] = [];

export const lastFirst: Workers = {
  size: 3,
  run: ((task: 'trainPixelsFast', args: never) =>
    new Promise<unknown>((resolve, reject) => {
      queue.unshift(() => void thisThread.run(task, args).then(resolve, reject));
      setImmediate(() => queue.shift()?.());
    })) as Workers['run'],
};
