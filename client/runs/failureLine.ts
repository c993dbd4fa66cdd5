/** The line of cannon.yaml that made a run fail, as the file stands now in the editor. */
import { Range, Uri, workspace, type TextDocument } from 'vscode';
import { parseConfig, placeOfFailure, type RunStatus } from '../../engine/index';

export interface FailureLine {
  readonly document: TextDocument;
  readonly range: Range;
  /** Whether the text has this mistake by itself, so that the language server marks it. */
  readonly isStated: boolean;
}

/** Null when no line is to blame, or the file cannot be read. */
export async function failureLine({ failure, job }: RunStatus): Promise<FailureLine | null> {
  if (failure === null) return null;
  try {
    const document = await workspace.openTextDocument(Uri.file(job.config));
    const place = placeOfFailure(failure, document.getText(), job.config);
    if (place === null) return null;
    const { problems } = parseConfig(document.getText(), job.config);
    const isStated = problems.some(({ code, message }) => code === failure.code && failure.message.includes(message));
    return { document, range: new Range(document.positionAt(place.start), document.positionAt(place.end)), isStated };
  } catch {
    return null;
  }
}
