/**
 * Marks in cannon.yaml the line that made the survey's latest run fail, until that line is edited or the survey is run
 * again. A failure of an earlier day is marked only while the file is what it was then.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import {
  Diagnostic,
  DiagnosticRelatedInformation,
  DiagnosticSeverity,
  Disposable,
  languages,
  Location,
  Range,
  Uri,
  workspace,
  type TextDocumentChangeEvent,
} from 'vscode';
import { placeOfFailure, type RunStatus } from '../../engine/index';
import type { App } from '../app';
import { sayError } from '../messages';
import { failureLine } from './failureLine';
import { sentence } from './wording';

/** What there is to know of the latest run of a survey. */
interface Considered {
  readonly attempt: string;
  /** Null when nothing is marked, or no longer. */
  marked: { readonly run: RunStatus; readonly range: Range } | null;
}

export function markFailures({ watch, log }: App): Disposable {
  const diagnostics = languages.createDiagnosticCollection('cannon run');
  const surveys = new Map<string, Considered>();
  const beganMs = Date.now();

  const mark = (run: RunStatus, range: Range): void => {
    diagnostics.set(Uri.file(run.job.config), [diagnosticOf(run, range)]);
    surveys.set(run.job.config, { attempt: attemptOf(run), marked: { run, range } });
  };
  const unmark = (config: string, attempt: string): void => {
    diagnostics.delete(Uri.file(config));
    surveys.set(config, { attempt, marked: null });
  };
  const consider = async (config: string, run: RunStatus): Promise<void> => {
    const attempt = attemptOf(run);
    if (surveys.get(config)?.attempt === attempt) return;
    unmark(config, attempt);
    if (run.state !== 'failed') return;
    const line = await failureLine(run);
    if (line === null || line.isStated || surveys.get(config)?.attempt !== attempt) return;
    const isOfNow = Date.parse(run.ended ?? '') >= beganMs;
    if (isOfNow || run.job.inputs[config] === sha256(line.document.getText())) mark(run, line.range);
  };
  const look = async (): Promise<void> => {
    const seen = new Set<string>();
    for (const { config, status } of watch.runs) {
      if (seen.has(config)) continue;
      seen.add(config);
      if (status !== null) await consider(config, status);
    }
  };
  const edited = ({ document, contentChanges }: TextDocumentChangeEvent): void => {
    const known = surveys.get(document.uri.fsPath) ?? null;
    if (known === null || known.marked === null || contentChanges.length === 0) return;
    const { run, range } = known.marked;
    const place = placeOfFailure(run.failure!, document.getText(), run.job.config);
    if (place === null || contentChanges.some((change) => touches(change.range, range)))
      return unmark(run.job.config, known.attempt);
    mark(run, new Range(document.positionAt(place.start), document.positionAt(place.end)));
  };
  return Disposable.from(
    diagnostics,
    watch.onDidStart((config) => unmark(config, surveys.get(config)?.attempt ?? '')),
    watch.onDidChange(() => void look().catch((error: unknown) => sayError(log, 'Marking what failed', error))),
    workspace.onDidChangeTextDocument(edited),
  );
}

/** A resumed run is another one. */
function attemptOf({ folder, state, job }: RunStatus): string {
  return `${folder} ${job.started} ${state}`;
}

function touches(change: Range, marked: Range): boolean {
  return change.start.line <= marked.end.line && change.end.line >= marked.start.line;
}

function diagnosticOf({ folder, failure }: RunStatus, range: Range): Diagnostic {
  const { code, message, hint } = failure!;
  const diagnostic = new Diagnostic(range, `${sentence(message)}\n${sentence(hint)}`, DiagnosticSeverity.Error);
  diagnostic.source = 'cannon run';
  diagnostic.code = code;
  const log = new Location(Uri.file(join(folder, 'log.txt')), new Range(0, 0, 0, 0));
  diagnostic.relatedInformation = [new DiagnosticRelatedInformation(log, 'The log of the run')];
  return diagnostic;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
