/** Progress for people at a terminal: one line that is rewritten, or a line a stage where there is no terminal. */
import { formatDuration, TimeLeft } from './jobs/timeLeft';

const barWidth = 28;

export class ProgressBar {
  readonly #timeLeft = new TimeLeft();
  #stage = '';
  #drawn = false;

  constructor(private readonly stream: NodeJS.WriteStream) {}

  update(stage: string, done: number, total: number): void {
    const left = total === 0 ? null : this.#timeLeft.estimate(stage, done, total);
    if (!this.stream.isTTY) {
      if (done < total || (total === 0 && done > 0)) return;
      this.stream.write(`${stage}: ${total} done\n`);
      return;
    }
    if (stage !== this.#stage) this.end();
    this.#stage = stage;
    const filled = total === 0 ? barWidth : Math.round((barWidth * done) / total);
    const bar = '█'.repeat(filled) + '░'.repeat(barWidth - filled);
    if (total === 0 && done > 0) {
      this.stream.write(`\r\x1b[K${stage.padEnd(22)} ${done} so far`);
      this.#drawn = true;
      return;
    }
    const remaining = done === total ? '' : left === null ? '' : ` ${formatDuration(left)} left`;
    this.stream.write(`\r\x1b[K${stage.padEnd(22)} ${bar} ${done}/${total}${remaining}`);
    this.#drawn = true;
  }

  /** Leaves the line as it stands, so that other text can follow. */
  end(): void {
    if (this.#drawn) this.stream.write('\n');
    this.#drawn = false;
  }
}
