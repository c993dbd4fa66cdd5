/**
 * A page of a browser that is looked at as a person would: nothing sleeps, each wait has a condition and, when it fails,
 * says what was on the screen instead.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Frame, Locator, Page } from 'playwright-core';

const artifacts = join(import.meta.dirname, '..', '..', 'artifacts', 'vscode');
const pollMs = 50;
/** Limits are those of a quiet machine; tests also run beside other work, where everything takes several times as long. */
const patience = 4;
const longestSeconds = 240;

/** What an attempt gives whose target is not there yet, or no more. */
export const notThere = (): null => null;

/** What a probe looked at may be replaced while it looks; anything else that goes wrong is wrong. */
function passing(error: unknown): null {
  if (/Timeout \d+ms exceeded|detached|context was destroyed|not attached/.test(String(error))) return null;
  throw error;
}

/** False also while the frame around it is being replaced. */
export function isVisible(locator: Locator): Promise<boolean> {
  return locator.isVisible().catch(() => false);
}

export class Screen {
  constructor(readonly page: Page) {}

  /** Puts a picture into artifacts/vscode/. */
  async screenshot(name: string): Promise<void> {
    await mkdir(artifacts, { recursive: true });
    await this.page.screenshot({ path: join(artifacts, `${name}.png`), animations: 'disabled' });
  }

  /** The same for the pages of docs/: the pointer rests on the empty middle of the status bar, and no tooltip covers a part. */
  async picture(name: string): Promise<void> {
    await this.page.mouse.move(300, (this.page.viewportSize()?.height ?? 960) - 12);
    await this.seeGone(this.page.locator('.workbench-hover-container'), 'tooltips');
    await this.screenshot(name);
  }

  /** Waits until something is visible. */
  async see(locator: Locator, what: string, seconds = 20): Promise<void> {
    await this.until(what, seconds, async () => ((await isVisible(locator.first())) ? true : null));
  }

  /** Waits until something has gone. */
  async seeGone(locator: Locator, what: string, seconds = 20): Promise<void> {
    await this.until(`the end of ${what}`, seconds, async () => ((await isVisible(locator.first())) ? null : true));
  }

  /** Clicks something as soon as it is there. What is drawn anew just then is looked for again. */
  async click(locator: Locator, what: string, seconds = 20): Promise<void> {
    await this.until(what, seconds, async () =>
      (await isVisible(locator.first()))
        ? locator
            .first()
            .click({ timeout: 5000 })
            .then(() => true, notThere)
        : null,
    );
  }

  /** Clicks something that goes when it is clicked: on a busy machine that has an effect even where nobody tells in time. */
  async clickUntilGone(locator: Locator, what: string, seconds = 20): Promise<void> {
    let wasThere = false;
    await this.until(what, seconds, async () => {
      if (!(await isVisible(locator.first()))) return wasThere ? true : null;
      wasThere = true;
      await locator.first().click({ timeout: 5000 }).catch(notThere);
      return null;
    });
  }

  /** Asks `probe` again and again until it gives something other than null, and returns that. */
  async until<T>(what: string, seconds: number, probe: () => Promise<T | null>): Promise<T> {
    const limit = Math.min(patience * seconds, longestSeconds);
    const end = Date.now() + limit * 1000;
    for (;;) {
      const found = await probe().catch(passing);
      if (found !== null) return found;
      if (Date.now() > end) throw await this.failure(`VS Code did not show ${what} within ${limit} s.`);
      await pause(pollMs);
    }
  }

  /** Clicks something that goes when it is clicked. False when it could not be clicked, or has not gone after some seconds. */
  protected async clickAway(locator: Locator): Promise<boolean> {
    const isClicked = await locator
      .first()
      .click({ timeout: 5000 })
      .then(() => true, notThere);
    if (isClicked === null) {
      // A hover on what the pointer rests on hides it for as long as the pointer stays.
      await this.page.mouse.move(0, 0);
      return false;
    }
    const end = Date.now() + 5000;
    while (await isVisible(locator.first())) {
      if (Date.now() > end) return false;
      await pause(pollMs);
    }
    return true;
  }

  /** The innermost frames of webviews. */
  protected panelFrames(): Frame[] {
    return this.page.frames().filter((frame) => frame.url().includes('/fake.html'));
  }

  /** An error that ends with what is on the screen, and a picture of it. */
  private async failure(sentence: string): Promise<Error> {
    const picture = `failed-${Date.now()}`;
    await this.screenshot(picture).catch(notThere);
    const texts = async (name: string, selector: string) => {
      const found = await this.page
        .locator(selector)
        .allInnerTexts()
        .catch(() => []);
      return found.length === 0
        ? []
        : [`${name}: ${found.map((text) => JSON.stringify(text.slice(0, 300))).join(', ')}`];
    };
    const seen = [
      ...(await texts('dialog', '.monaco-dialog-box')),
      ...(await texts('tabs', '.tab')),
      ...(await texts('notifications', '.notification-toast')),
      ...(await texts('list', '.quick-input-list .monaco-list-row')),
      ...(await texts('problems', '.markers-panel .monaco-list-row')),
    ];
    for (const frame of this.panelFrames()) {
      const text = await frame
        .locator('body')
        .innerText({ timeout: 500 })
        .catch(() => '');
      if (text.trim() !== '') seen.push(`panel: ${JSON.stringify(text.trim().slice(0, 500))}`);
    }
    return new Error([sentence, ...seen, `picture: artifacts/vscode/${picture}.png`].join('\n'));
  }
}
