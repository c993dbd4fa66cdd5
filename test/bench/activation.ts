/** How long extensions took to be activated, as VS Code itself tells: ours, and the slowest of those that come with it. */
import type { Editor } from '../vscode/driver';

export async function activationTimes(editor: Editor): Promise<{ readonly ours: number; readonly slowest: number }> {
  await editor.runCommand('Developer: Show Running Extensions');
  const rows = editor.page.locator('.runtime-extensions-editor .monaco-list-row');
  const times = await editor.until('the times of activation', 30, async () => {
    const all = (await rows.allInnerTexts()).map((text) => ({
      isOurs: text.includes('Cannon Spectra'),
      ms: Number(/Activation: (\d+)ms/.exec(text)?.[1]),
    }));
    const ours = all.find(({ isOurs }) => isOurs)?.ms ?? NaN;
    const others = all.filter(({ isOurs, ms }) => !isOurs && ms > 0).map(({ ms }) => ms);
    return Number.isNaN(ours) || others.length < 3 ? null : { ours, slowest: Math.max(...others) };
  });
  await editor.runCommand('View: Close Editor');
  return times;
}
