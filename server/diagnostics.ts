/** Problems as diagnostics at their places, and the quick fixes of those that have an obvious repair. */
import {
  type CodeAction,
  CodeActionKind,
  type Diagnostic,
  type DiagnosticRelatedInformation,
  DiagnosticSeverity,
  FileChangeType,
  type Range,
  TextDocumentSyncKind,
} from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Severity } from '../engine/index';
import { type Feature, guard, type ServerContext } from './context';
import { panelActions } from './panelActions';
import { type CatalogProblem as Problem, problemsOf } from './surveys';
import { isSpectrum } from './watchedFiles';

const severities: Record<Severity, DiagnosticSeverity> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
};

export function toDiagnostic(document: TextDocument, problem: Problem): Diagnostic {
  return {
    range: rangeOf(document, problem),
    severity: severities[problem.severity],
    code: problem.code,
    source: 'cannon',
    message: `${problem.message.replace(/\.?$/, '.')}\n${problem.hint}`,
    ...(problem.stars && { relatedInformation: problem.stars.map(related) }),
  };
}

function related({ uri, line, text }: NonNullable<Problem['stars']>[number]): DiagnosticRelatedInformation {
  const start = { line, character: 0 };
  return { location: { uri, range: { start, end: start } }, message: text };
}

function rangeOf(document: TextDocument, { range }: Problem): Range {
  return { start: document.positionAt(range?.start ?? 0), end: document.positionAt(range?.end ?? 0) };
}

function overlap(a: Range, b: Range): boolean {
  const before = (x: Range, y: Range) =>
    x.end.line < y.start.line || (x.end.line === y.start.line && x.end.character < y.start.character);
  return !before(a, b) && !before(b, a);
}

function quickFixes(document: TextDocument, problems: readonly Problem[]): CodeAction[] {
  return problems.flatMap((problem) => {
    const { fix } = problem;
    if (fix === undefined) return [];
    const range = rangeOf(document, problem);
    return [
      {
        title: `Replace with ${fix}`,
        kind: CodeActionKind.QuickFix,
        isPreferred: true,
        diagnostics: [toDiagnostic(document, problem)],
        edit: { changes: { [document.uri]: [{ range, newText: fix }] } },
      },
    ];
  });
}

/** To the stars of a flag, in the review bench. */
function reviews(document: TextDocument, config: string, problems: readonly Problem[]): CodeAction[] {
  return problems.flatMap((problem) => {
    const { flag } = problem;
    if (flag === undefined) return [];
    const title = `Review stars flagged ${flag}`;
    return [
      {
        title,
        kind: CodeActionKind.QuickFix,
        diagnostics: [toDiagnostic(document, problem)],
        command: { title, command: 'cannon.reviewStars', arguments: [{ config, focus: flag }] },
      },
    ];
  });
}

export const diagnostics: Feature = {
  capabilities: {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: true },
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.Source] },
  },

  register({ connection, documents, surveys, onFilesChanged }: ServerContext): void {
    documents.onDidChangeContent(({ document }) => surveys.refresh(document));
    documents.onDidSave(({ document }) => surveys.refresh(document, 0));
    documents.onDidClose(({ document }) => {
      surveys.close(document.uri);
      void connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
    });
    onFilesChanged((changes) => {
      // A night of new spectra must not start a check a file.
      const isOwn = (uri: string) => uri.includes('/.cannon/') || isSpectrum(uri);
      const isOpenText = ({ uri, type }: (typeof changes)[number]) =>
        type === FileChangeType.Changed && documents.get(uri);
      if (changes.every((change) => isOwn(change.uri) || isOpenText(change))) return;
      for (const document of documents.all()) surveys.refresh(document);
    });
    connection.onCodeAction(
      guard(connection, 'quick fixes', ({ textDocument, range }) => {
        const document = documents.get(textDocument.uri);
        if (!document) return [];
        const survey = surveys.get(document);
        const here = problemsOf(survey).filter((problem) => overlap(rangeOf(document, problem), range));
        return [
          ...quickFixes(document, here),
          ...reviews(document, survey.parsed.path, here),
          ...panelActions(
            survey,
            document.offsetAt(range.start),
            here.map((problem) => toDiagnostic(document, problem)),
          ),
        ];
      }),
    );
  },
};
