/**
 * Cards of stars beside code and text: resting the pointer on a spectrum's path, an id or a designation shows its spectrum and
 * labels; going to its definition opens it. A word that cannot name a star costs no more than a regular expression.
 */
import {
  type CancellationToken,
  Disposable,
  Hover,
  languages,
  Location,
  MarkdownString,
  Position,
  type Range,
  type TextDocument,
  Uri,
  workspace,
} from 'vscode';
import { FindStarRequest, type FindStarParams, StarCardRequest, type StarCardAnswer } from '../server/protocol';
import type { App } from './app';
import { starWord, wordPattern } from './starWord';

/** Cells of notebooks have the language of their text. */
const texts = [
  ...['python', 'julia', 'markdown', 'csv', 'tsv'].map((language) => ({ language })),
  // Where no extension gives tables a language of their own.
  { pattern: '**/*.{csv,tsv}' },
  { pattern: '**/review.yaml' },
];

export function registerStarCards({ server }: App): Disposable {
  const named = (document: TextDocument, position: Position) => {
    const isOn = workspace.getConfiguration('cannon', document).get<boolean>('cards.enabled', true);
    const range = isOn && workspace.isTrusted ? document.getWordRangeAtPosition(position, wordPattern) : undefined;
    const word = range && starWord(document.getText(range));
    if (!range || !word) return null;
    const file = document.uri.scheme === 'untitled' ? null : document.uri.fsPath;
    return { range, params: { word, file } satisfies FindStarParams };
  };
  /** Nobody asked for a card: where there is none, whatever the reason, nothing is shown. */
  const quietly = async <T>(
    token: CancellationToken,
    ask: (signal: AbortSignal) => Promise<T | null>,
  ): Promise<T | null> => {
    const abort = new AbortController();
    const listening = token.onCancellationRequested(() => abort.abort());
    try {
      return await ask(abort.signal);
    } catch {
      return null;
    } finally {
      listening.dispose();
    }
  };
  return Disposable.from(
    languages.registerHoverProvider(texts, {
      provideHover: async (document, position, token) => {
        const about = named(document, position);
        const card = about && (await quietly(token, (signal) => server.ask(StarCardRequest, about.params, signal)));
        return card && hoverOf(card, about.range);
      },
    }),
    languages.registerDefinitionProvider(texts, {
      provideDefinition: async (document, position, token) => {
        const about = named(document, position);
        const star = about && (await quietly(token, (signal) => server.ask(FindStarRequest, about.params, signal)));
        return star && new Location(Uri.file(star.path), new Position(0, 0));
      },
    }),
  );
}

function hoverOf({ head, body, path, config }: StarCardAnswer, range: Range): Hover {
  const links = [
    ...(config === null ? [] : [`[Inspect](${commandUri('cannon.inspectStar', { config, path })})`]),
    `[Open spectrum](${Uri.file(path).toString()})`,
  ];
  // Below the head, where they are in sight however long the rest is.
  const content = new MarkdownString(`${head}\n\n${links.join(' · ')}\n\n${body}`);
  content.isTrusted = { enabledCommands: ['cannon.inspectStar'] };
  return new Hover(content, range);
}

/** A command as the address of a link. */
export function commandUri(command: string, argument: object): string {
  return Uri.parse(`command:${command}?${encodeURIComponent(JSON.stringify([argument]))}`).toString();
}
