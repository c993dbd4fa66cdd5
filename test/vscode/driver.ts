/**
 * Real VS Code in a browser, as a person uses it: files by quick open, commands by the palette, answers read off the
 * screen. What a busy window may lose, a key or a click, is done again until it has shown.
 *
 * The selectors are those of VS Code 1.100; this file is the only place that knows them.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Browser, Frame, Locator, Page } from 'playwright-core';
import { isVisible, notThere, Screen } from './screen';

/** The limit of what has no other: reading an attribute, going to an address. */
const actionSeconds = 90;

/** Themes that come with VS Code by their names in settings, and the class that the window has under them. */
const themes = {
  light: { name: 'Default Light Modern', window: '.monaco-workbench.vs' },
  dark: { name: 'Default Dark Modern', window: '.monaco-workbench.vs-dark' },
  'high-contrast': { name: 'Default High Contrast', window: '.monaco-workbench.hc-black' },
} as const;
export type Theme = keyof typeof themes;
export const allThemes = Object.keys(themes) as Theme[];

export interface OpenOptions {
  /** How the question whether the folder's authors are trusted is answered. */
  readonly trust?: boolean;
  readonly width?: number;
  readonly height?: number;
}

/** One window of VS Code. */
export class Editor extends Screen {
  /** What pages and panels were refused by their content security policy. */
  readonly refusals: string[] = [];

  private constructor(
    page: Page,
    private readonly folder: string,
    private readonly size: { readonly width: number; readonly height: number },
  ) {
    super(page);
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/.test(message.text())) this.refusals.push(message.text());
    });
  }

  /** Opens a window with its own storage, as if for the first time, and waits until files can be opened in it. */
  static async open(browser: Browser, url: string, folder: string, options: OpenOptions = {}): Promise<Editor> {
    const { trust = true, width = 1400, height = 900 } = options;
    const context = await browser.newContext({ viewport: { width, height } });
    context.setDefaultTimeout(actionSeconds * 1000);
    const editor = new Editor(await context.newPage(), folder, { width, height });
    await editor.page.goto(url);
    const answer = trust ? 'Yes, I trust the authors' : "No, I don't trust the authors";
    await editor.clickUntilGone(editor.page.getByRole('button', { name: answer }), 'the question of trust', 60);
    await editor.see(editor.page.locator('.explorer-folders-view .monaco-list-row'), 'the files of the folder', 60);
    return editor;
  }

  /** Leaves the page first: only then does the server end the processes of this window at once. */
  async close(): Promise<void> {
    await this.page.goto('about:blank');
    await this.page.context().close();
  }

  /** Closes the window, and opens one on the same folder as the same person: what the workspace remembers is there. */
  async reopen(): Promise<void> {
    const url = this.page.url();
    await this.page.goto('about:blank');
    await this.page.goto(url);
    await this.see(this.page.locator('.monaco-workbench .statusbar-item'), 'a window', 60);
  }

  /** Answers a question that must be answered first. */
  async answer(button: string): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await this.clickUntilGone(dialog.getByRole('button', { name: button }), `a question that ${button} answers`);
    await this.seeGone(dialog, 'the question');
  }

  /** Opens a file by its name, or the end of its path, through quick open. */
  async openFile(name: string): Promise<void> {
    const fileName = name.slice(name.lastIndexOf('/') + 1);
    await this.quickPick('Control+P', name, new RegExp(`^${escaped(fileName)}$`));
    await this.see(this.page.locator('.tab.active', { hasText: fileName }), `a tab named ${fileName}`);
  }

  /** Runs a command by its title, such as "Cannon: Train", from the palette. */
  async runCommand(title: string): Promise<void> {
    await this.quickPick('F1', `>${title}`, new RegExp(`^${escaped(title)}$`));
  }

  /** In an open pick list: narrows to `text` and takes the first entry. */
  async pick(text: string): Promise<void> {
    await this.see(this.quickInput(), 'a pick list');
    await this.quickPick(null, text, new RegExp(escaped(text)));
  }

  /**
   * Sets the theme in the folder's own settings. The user's are shared by all windows, and VS Code writes them in
   * place: a window that reads them half-written takes every setting for changed.
   */
  async setTheme(theme: Theme): Promise<void> {
    const { name, window } = themes[theme];
    await this.setSettings({ 'workbench.colorTheme': name });
    await this.see(this.page.locator(window), `a window in ${name}`);
  }

  /** Replaces the folder's own settings. */
  async setSettings(values: Readonly<Record<string, unknown>>): Promise<void> {
    const settings = join(this.folder, '.vscode', 'settings.json');
    await mkdir(dirname(settings), { recursive: true });
    await writeFile(`${settings}.part`, JSON.stringify(values));
    await rename(`${settings}.part`, settings);
  }

  /** The frame of the panel or custom editor on the screen that shows `selector`. */
  async panel(selector: string, seconds = 30): Promise<Frame> {
    return this.until(`a panel with ${selector}`, seconds, async () => {
      for (const frame of this.panelFrames()) {
        if (await isVisible(frame.locator(selector).first())) return frame;
      }
      return null;
    });
  }

  /**
   * Lays the window out as at a zoom of its browser by `factor`: fewer CSS pixels on the same screen. In the desktop VS Code has a
   * setting for that (`window.zoomLevel`), which the browser's VS Code has not.
   */
  async zoom(factor: number): Promise<void> {
    await this.page.setViewportSize({
      width: Math.round(this.size.width / factor),
      height: Math.round(this.size.height / factor),
    });
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast', { hasText: text });
  }

  /** Waits for a notification, and rests the pointer on it: else it would go by itself after ten seconds. */
  async notified(text: string | RegExp, what: string, seconds = 20): Promise<Locator> {
    const notification = this.notification(text);
    await this.until(what, seconds, async () =>
      (await isVisible(notification.first()))
        ? notification
            .first()
            .hover({ timeout: 1000 })
            .then(() => true, notThere)
        : null,
    );
    return notification;
  }

  /** Puts a notification away, for it hides what is below it. */
  async dismiss(notification: Locator): Promise<void> {
    const button = notification.getByRole('button', { name: 'Clear Notification' }).first();
    // It may go by itself meanwhile.
    await this.until('the end of a notification', 20, async () => {
      if (!(await isVisible(notification.first()))) return true;
      await notification.first().hover({ timeout: 1000 }).catch(notThere);
      await button.click({ timeout: 1000 }).catch(notThere);
      return null;
    });
  }

  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item', { hasText: text });
  }

  /** Shows the Problems view and returns its rows that hold `text`. */
  async problems(text: string | RegExp): Promise<Locator> {
    await this.runCommand('Problems: Focus on Problems View');
    return this.page.locator('.markers-panel .monaco-list-row', { hasText: text });
  }

  /** Rests the pointer on a word of the text editor and returns the text of the hover that appears. */
  async hover(word: string): Promise<string> {
    const hover = await this.rest(word);
    const text = (await hover.allInnerTexts()).join('\n');
    await this.page.mouse.move(0, 0);
    return text;
  }

  /** Rests the pointer on a word of the text editor until a hover appears, and leaves it there. */
  async rest(word: string, seconds = 30): Promise<Locator> {
    const token = this.token(word);
    await this.see(token, `the word ${word} in the text editor`);
    const hover = this.page.locator('.monaco-hover:not(.hidden) .hover-row');
    await this.page.mouse.move(0, 0); // Tabs have hovers, too.
    await this.seeGone(hover, 'what hovers elsewhere');
    let rested = 0;
    let x = 6;
    await this.until(`a hover on ${word}`, seconds, async () => {
      if (await isVisible(hover.first())) return true;
      // Who asks before the language server is ready gets no answer, and at the same letter is not asked again.
      if (Date.now() - rested > 2000) {
        x = x === 6 ? 20 : 6;
        await token.first().hover({ position: { x, y: 8 } });
        rested = Date.now();
      }
      return null;
    });
    return hover;
  }

  /** Part of a line of the text editor that begins with a word, as the editor colours it. */
  private token(word: string): Locator {
    const token = this.page.locator('.editor-instance .monaco-editor .view-line span span');
    return token.filter({ hasText: new RegExp(`^\\s*${escaped(word)}`) });
  }

  /** Puts the cursor into a word of the text editor. */
  async putCursorIn(word: string): Promise<void> {
    const token = this.token(word).first();
    await this.see(token, `the word ${word} in the text editor`);
    const cursor = this.page.locator('.editor-instance .monaco-editor.focused .cursors-layer .cursor').first();
    const box = (locator: Locator) => locator.boundingBox({ timeout: 1000 }).catch(notThere);
    // A lens that comes meanwhile moves the line away from under the pointer.
    await this.until(`the cursor in ${word}`, 20, async () => {
      await token.click({ position: { x: 6, y: 8 }, timeout: 5000 }).catch(notThere);
      const [place, at] = [await box(token), await box(cursor)];
      if (place === null || at === null) return null;
      const isInLine = at.y + at.height / 2 > place.y && at.y + at.height / 2 < place.y + place.height;
      return isInLine && at.x >= place.x - 2 && at.x <= place.x + place.width + 2 ? true : null;
    });
  }

  /** A line of the text editor that holds `text`, with what is shown between its letters. */
  line(text: string | RegExp): Locator {
    return this.page.locator('.editor-instance .monaco-editor .view-line', {
      hasText: typeof text === 'string' ? spaced(text) : text,
    });
  }

  /** Lenses above lines of the text editor. */
  lens(text: string | RegExp): Locator {
    return this.page.locator('.codelens-decoration > *', { hasText: text });
  }

  /** Types at the end of the text editor and takes a suggestion. */
  async complete(typed: string, wanted: string): Promise<void> {
    await this.click(this.page.locator('.editor-instance .monaco-editor .view-lines'), 'a text editor');
    await this.page.keyboard.press('Control+End');
    await this.page.keyboard.type(typed);
    const row = this.page.locator('.suggest-widget.visible .monaco-list-row', { hasText: wanted });
    let asked = Date.now();
    await this.until(`a suggestion ${wanted}`, 20, async () => {
      if (await isVisible(row.first())) return (await this.clickAway(row)) ? true : null;
      if (Date.now() - asked < 3000) return null;
      asked = Date.now();
      await this.page.keyboard.press('Control+Space');
      return null;
    });
  }

  /** Types a line at the end of the text editor on the screen. */
  async appendLine(line: string): Promise<void> {
    await this.click(this.page.locator('.editor-instance .monaco-editor .view-lines'), 'a text editor');
    await this.see(this.page.locator('.editor-instance .monaco-editor.focused'), 'a text editor with the focus');
    await this.page.keyboard.press('Control+End');
    await this.page.keyboard.insertText(`${line}\n`);
    await this.see(this.page.locator('.monaco-editor .view-line', { hasText: spaced(line) }), `the line "${line}"`);
  }

  /** Shows a container of the activity bar by its title. */
  async openView(title: string): Promise<void> {
    await this.click(this.page.locator(`.activitybar .action-label[aria-label^="${title}"]`), `the icon of ${title}`);
  }

  /** Rows of the tree in the side bar whose text, label and description, holds `text`. */
  treeRow(text: string | RegExp): Locator {
    return this.page.locator('.sidebar .customview-tree .monaco-list-row', { hasText: text });
  }

  /** The label of a row of the tree, without its description. */
  labelOf(row: Locator): Promise<string> {
    return row.locator('.label-name').first().innerText();
  }

  /** Unfolds a row of the tree unless it is. */
  async unfold(text: string): Promise<void> {
    const row = this.treeRow(text).first();
    await this.see(row, `the row ${text}`);
    let clicked = 0;
    await this.until(`what is below ${text}`, 20, async () => {
      if ((await row.getAttribute('aria-expanded', { timeout: 1000 }).catch(notThere)) === 'true') return true;
      if (Date.now() - clicked < 3000) return null;
      clicked = Date.now();
      await row.locator('.monaco-tl-twistie').click({ timeout: 1000 }).catch(notThere);
      return null;
    });
  }

  /** Presses a button that appears in a row of the tree when the pointer is on it. */
  async rowAction(row: Locator, title: string): Promise<void> {
    const button = row.first().locator(`.action-label[aria-label*="${title}"]`).first();
    await this.until(`the button ${title}`, 20, async () => {
      await row.first().hover({ timeout: 1000 }).catch(notThere);
      return (await isVisible(button)) ? button.click({ timeout: 2000 }).then(() => true, notThere) : null;
    });
  }

  /** Takes an entry of the menu of a row of the tree. */
  async rowMenu(row: Locator, title: string): Promise<void> {
    const entry = this.page.locator('.monaco-menu .action-label', { hasText: title });
    let asked = 0;
    // A menu that has just opened takes the first click as the end of the one that opened it.
    await this.until(`the entry ${title} of a menu, clicked`, 20, async () => {
      if (await isVisible(entry.first())) return (await this.clickAway(entry)) ? true : null;
      if (Date.now() - asked < 3000) return null;
      asked = Date.now();
      await row.first().click({ button: 'right', timeout: 2000 }).catch(notThere);
      return null;
    });
  }

  /** Brings the walkthrough that is open to the front, and unfolds one of its steps. */
  async walkthroughStep(title: string): Promise<Locator> {
    const step = this.page.locator('.getting-started-step', { has: this.page.getByRole('heading', { name: title }) });
    await this.until(`the step ${title} of the walkthrough`, 30, async () => {
      if ((await step.getAttribute('aria-expanded', { timeout: 1000 }).catch(notThere)) === 'true') return true;
      const isInFront = await isVisible(step);
      const target = isInFront
        ? step.locator('.step-title')
        : this.page.locator('.tab', { hasText: /^(Walkthrough|Welcome)/ });
      await target.first().click({ timeout: 2000 }).catch(notThere);
      return null;
    });
    return step;
  }

  /** Waits until the walkthrough has ticked a step off by itself. */
  async stepDone(title: string): Promise<void> {
    const step = await this.walkthroughStep(title);
    await this.see(step.getByRole('checkbox', { checked: true }), `the step ${title} ticked off`);
  }

  /** Replaces the text of the input box that is open. */
  async fill(text: string): Promise<void> {
    await this.see(this.quickInput(), 'an input box');
    await this.quickInput().fill(text);
  }

  /** What the open input box says below its text. */
  inputMessage(text: string | RegExp): Locator {
    return this.page.locator('.quick-input-widget .quick-input-message', { hasText: text });
  }

  /** Opens the first symbol of the workspace that begins with `name`. */
  async goToSymbol(name: string): Promise<void> {
    await this.quickPick('Control+P', `#${name}`, new RegExp(`^${escaped(name)}`));
  }

  /**
   * Types into quick open, or into the list that is open where `key` is null, and takes the first entry whose name matches.
   *
   * A key that comes while the window is busy may be lost; a list that was asked for before whoever fills it was ready
   * stays empty; an editor that opens just then takes the focus, which closes the list; and the list may be another that was
   * left open. So each is done again.
   */
  private async quickPick(key: string | null, typed: string, wanted: RegExp): Promise<void> {
    const row = this.page.locator('.quick-input-list .monaco-list-row').filter({
      has: this.page.locator('.label-name', { hasText: wanted }),
    });
    let [pressed, filled, nFilled] = [0, 0, 0];
    await this.until(`an entry ${String(wanted)} in a list`, 30, async () => {
      if (!(await isVisible(this.quickInput()))) {
        [filled, nFilled] = [0, 0];
        if (key === null || Date.now() - pressed < 2000) return null;
        pressed = Date.now();
        await this.page.keyboard.press(key);
        return null;
      }
      if (filled > 0 && (await isVisible(row.first()))) return (await this.clickAway(row)) ? true : null;
      if (Date.now() - filled < 4000) return null;
      if (key !== null && nFilled++ % 4 === 3) return this.page.keyboard.press('Escape').then(notThere);
      if (filled > 0) await this.quickInput().fill('', { timeout: 1000 }).catch(notThere);
      await this.quickInput().fill(typed, { timeout: 1000 }).catch(notThere);
      filled = Date.now();
      return null;
    });
  }

  private quickInput(): Locator {
    return this.page.locator('.quick-input-widget .quick-input-filter input');
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The text editor shows spaces as no-break spaces. */
function spaced(text: string): RegExp {
  return new RegExp(escaped(text).replaceAll(' ', '\\s'));
}
