/**
 * From `review.yaml` to the inspector: the name of each star is a link to it, and the light bulb of its line offers it, also beside a
 * problem of that line.
 */
import {
  CodeAction,
  CodeActionKind,
  Disposable,
  DocumentLink,
  languages,
  Range,
  type TextDocument,
  Uri,
  workspace,
} from 'vscode';
import { type ReviewStar, ReviewStarsRequest } from '../server/protocol';
import type { App } from './app';
import { commandUri } from './starCards';
import { nearestConfig } from './surveyChoice';

const files = { scheme: 'file', pattern: '**/review.yaml' };
const command = 'cannon.inspectStar';
const kinds = [CodeActionKind.QuickFix, CodeActionKind.Source.append('cannon')];

/** The survey that the file belongs to, with the stars it names; null where there is none. */
interface Named {
  readonly config: string;
  readonly stars: readonly ReviewStar[];
}

export function linkReview({ server }: App): Disposable {
  const namedIn = async (document: TextDocument): Promise<Named | null> => {
    const path = document.uri.fsPath;
    const config = workspace.isTrusted ? nearestConfig(path) : null;
    if (config === null) return null;
    // Nobody asked for links: where there are none, whatever the reason, nothing is shown.
    return server.ask(ReviewStarsRequest, { path, text: document.getText() }).then(
      (stars) => ({ config, stars }),
      () => null,
    );
  };
  const rangeOf = (document: TextDocument, { start, end }: ReviewStar): Range =>
    new Range(document.positionAt(start), document.positionAt(end));
  return Disposable.from(
    languages.registerDocumentLinkProvider(files, {
      provideDocumentLinks: async (document) => {
        const named = await namedIn(document);
        return (named?.stars ?? []).map((star) => {
          const target = Uri.parse(commandUri(command, { config: named!.config, star: star.star }));
          const link = new DocumentLink(rangeOf(document, star), target);
          link.tooltip = 'Inspect star';
          return link;
        });
      },
    }),
    languages.registerCodeActionsProvider(
      files,
      {
        provideCodeActions: async (document, { start: { line } }, { diagnostics }) => {
          const named = await namedIn(document);
          const onLine = named?.stars.filter((star) => rangeOf(document, star).start.line === line) ?? [];
          return onLine.map(({ star }) => {
            const title = `Inspect star ${star}`;
            const action = new CodeAction(title, kinds[diagnostics.length > 0 ? 0 : 1]);
            action.command = { title, command, arguments: [{ config: named!.config, star }] };
            action.diagnostics = [...diagnostics];
            return action;
          });
        },
      },
      { providedCodeActionKinds: kinds },
    ),
  );
}
