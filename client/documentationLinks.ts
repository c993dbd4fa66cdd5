/**
 * Pages of the documentation that a hover of the language server names, such as docs/flags.md, become links to them. Nothing else that a
 * hover holds can run a command: it may quote files.
 */
import { type Hover, MarkdownString } from 'vscode';
import type { Middleware } from 'vscode-languageclient/node';

const pageName = /`?\bdocs\/([\w-]+\.md)\b`?/g;

export const documentationLinks: Middleware = {
  provideHover: async (document, position, token, next) => {
    const hover = await next(document, position, token);
    if (hover) link(hover);
    return hover;
  },
};

function link({ contents }: Hover): void {
  for (const content of contents) {
    if (!(content instanceof MarkdownString)) continue;
    content.value = content.value.replace(pageName, (_, name: string) => {
      const page = encodeURIComponent(JSON.stringify([name]));
      return `[docs/${name}](command:cannon.openDocumentation?${page})`;
    });
    content.isTrusted = { enabledCommands: ['cannon.openDocumentation'] };
  }
}
