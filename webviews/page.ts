/**
 * The HTML page of a panel, written by the extension host. Nothing in it comes from the user but the title, which is escaped.
 *
 * Script and styles stand in the page itself: each file of its own would go from the browser through VS Code to the extension's folder
 * and back before anything could be drawn. VS Code shows a page and hands it messages only when everything that it names has been
 * loaded, which is why the icons come after that. The content security policy forbids everything but script and style (by nonce) and
 * the icons that ship with the extension: no style in an attribute, no network. Pure strings, no DOM.
 */

export interface PanelPage {
  readonly title: string;
  /** The texts of the view's bundles. */
  readonly script: string;
  readonly style: string;
  /** Of the icons, as the webview sees it (`webview.asWebviewUri`): the page is loaded without them. */
  readonly iconsUri: string;
  /** `webview.cspSource`. */
  readonly cspSource: string;
  /** From `newNonce()`, a new one for each page. */
  readonly nonce: string;
}

/** The whole page. The view fills `#app`; until then a progress line shows that something is coming. */
export function panelHtml({ title, script, style, iconsUri, cspSource, nonce }: PanelPage): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource} 'nonce-${nonce}'`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data:`,
  ].join('; ');
  // Either would end here for the browser, or worse: bundlers write them another way.
  for (const text of [script, style])
    if (/<!--|<\/?script|<\/style/i.test(text)) throw new Error('A bundle of this panel cannot stand in a page.');
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
    <title>${escapeHtml(title)}</title>
    <style nonce="${escapeHtml(nonce)}">${style}</style>
  </head>
  <body>
    <main id="app" data-icons="${escapeHtml(iconsUri)}"><div class="progress-line" role="progressbar" aria-label="Loading"></div></main>
    <script nonce="${escapeHtml(nonce)}">${script}</script>
  </body>
</html>
`;
}

/** 128 random bits, as hexadecimal digits. */
export function newNonce(): string {
  return Array.from(globalThis.crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** What the page of a panel about something on the disk hears from the extension host. A type, for a contract has an index. */
export type PanelView = {
  requests: Record<never, never>;
  notifications: {
    /** What is shown is another thing, or new on the disk: read it again. What has been read already comes with it. */
    changed: undefined;
    /** A command of the editor asks to go on by so many stars. */
    step: { by: number };
    /** Another command of the editor, by a name that the panel knows. */
    act: string;
    /** What a job that makes these results anew is doing; "" when there is none. */
    working: string;
  };
};
