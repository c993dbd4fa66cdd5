/**
 * The HTML page of a panel, written by the extension host. Nothing in it comes from the user but the title, which is escaped.
 *
 * The content security policy forbids everything but the panel's own script (by nonce) and the styles and fonts that
 * ship with the extension: no inline style, no network. Pure strings, no DOM.
 */

export interface PanelPage {
  readonly title: string;
  /** URIs as the webview sees them (`webview.asWebviewUri`). */
  readonly scriptUri: string;
  readonly styleUris: readonly string[];
  /** Of the icons: the page begins without waiting for them. */
  readonly iconsUri: string;
  /** `webview.cspSource`. */
  readonly cspSource: string;
  /** From `newNonce()`, a new one for each page. */
  readonly nonce: string;
}

/** The whole page. The view fills `#app`; until then a progress line shows that something is coming. */
export function panelHtml({ title, scriptUri, styleUris, iconsUri, cspSource, nonce }: PanelPage): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${cspSource}`,
    `font-src ${cspSource}`,
    `img-src ${cspSource} data:`,
  ].join('; ');
  const style = (uri: string): string => `    <link rel="stylesheet" href="${escapeHtml(uri)}">\n`;
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
    <title>${escapeHtml(title)}</title>
${styleUris.map(style).join('')}  </head>
  <body>
    <main id="app"><div class="progress-line" role="progressbar" aria-label="Loading"></div></main>
    <script nonce="${escapeHtml(nonce)}" src="${escapeHtml(scriptUri)}"></script>
${style(iconsUri)}  </body>
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
    /** What is shown is another thing, or new on the disk: read it again. */
    changed: undefined;
    /** A command of the editor asks to go on by so many stars. */
    step: { by: number };
    /** Another command of the editor, by a name that the panel knows. */
    act: string;
    /** What a job that makes these results anew is doing; "" when there is none. */
    working: string;
  };
};
