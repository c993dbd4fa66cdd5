/** Above a survey's description: whether its data are ready, and what can be done with it. */
import { type CodeLens, CodeLensRefreshRequest } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { type Problem, type SurveyFacts, verdictOf } from '../engine/index';
import { type Feature, guard, logFailure, type ServerContext } from './context';
import { toRange } from './places';
import type { Survey } from './surveys';
import { count } from './words';

/** Commands of the client, each given `{ config }`. */
const actions = [
  { title: '$(play) Train', command: 'cannon.train' },
  { title: '$(checklist) Cross-validate', command: 'cannon.crossValidate' },
  { title: '$(tag) Infer labels', command: 'cannon.infer' },
  { title: '$(graph-line) Inspect a star', command: 'cannon.inspectStar' },
  { title: '$(graph-scatter) Training set', command: 'cannon.showTrainingSet' },
  { title: '$(checklist) Review', command: 'cannon.reviewStars' },
];

function lensesOf(document: TextDocument, { parsed, facts, diskProblems, isOnDisk }: Survey): CodeLens[] {
  // Above the first key rather than the first line, which often is a comment about the whole.
  const first = [...parsed.places.values()].find(({ key }) => key !== null)?.key;
  if (!first || !isOnDisk) return [];
  const range = toRange(document, first);
  const runs = actions.map((action) => ({ range, command: { ...action, arguments: [{ config: parsed.path }] } }));
  const readiness = readinessOf([...parsed.problems, ...diskProblems], facts);
  const own = panelLenses(document, parsed);
  return readiness === null
    ? [...runs, ...own]
    : [{ range, command: { ...readiness, arguments: [{ config: parsed.path }] } }, ...runs, ...own];
}

/** Above a key of the file: the panel that is about it. */
const panels: Readonly<Record<string, { title: string; command: string }>> = {
  labels: { title: '$(graph-scatter) Which pixels carry them', command: 'cannon.showCoefficients' },
  windows: { title: '$(graph-line) χ² in them, of a star', command: 'cannon.inspectStar' },
  crossValidation: { title: '$(graph) Validation', command: 'cannon.showValidation' },
};

function panelLenses(document: TextDocument, { places, path }: Survey['parsed']): CodeLens[] {
  return Object.entries(panels).flatMap(([name, command]) => {
    const key = places.get(name)?.key;
    return key ? [{ range: toRange(document, key), command: { ...command, arguments: [{ config: path }] } }] : [];
  });
}

/** Is the data ready? Null while the disk has not been asked. */
function readinessOf(problems: readonly Problem[], facts: SurveyFacts | null): (CodeLens['command'] & object) | null {
  if (!facts) return null;
  const { readiness, reasons } = verdictOf(problems, facts);
  const command = 'cannon.showReadiness';
  const n = (kind: Problem['severity']) => reasons.filter(({ severity }) => severity === kind).length;
  const nErrors = problems.filter(({ severity }) => severity === 'error').length;
  if (nErrors > 0) return { title: `$(error) Not ready: ${count(nErrors, 'problem')} to mend`, command };
  const { nSpectra, nMatched, selection } = facts;
  const state =
    readiness === 'ready'
      ? '$(pass) Ready'
      : readiness === 'not ready'
        ? '$(info) Nothing to train on'
        : `$(warning) Ready with ${count(n('warning'), 'reservation')}`;
  const trained = selection?.models.map(({ name, stars }) => `${name} on ${stars}`).join(', ');
  const parts = [
    count(nSpectra, 'spectrum', 'spectra'),
    ...(nMatched === null ? ['no reference table'] : [`${nMatched} with labels`]),
    ...(trained === undefined
      ? []
      : [selection!.models.length === 1 ? `${selection!.models[0]!.stars} to train on` : `trains ${trained}`]),
  ];
  return { title: [state, ...parts].join(' · '), command };
}

export const codeLenses: Feature = {
  capabilities: { codeLensProvider: {} },

  register({ connection, documents, surveys, client }: ServerContext): void {
    connection.onCodeLens(
      guard(connection, 'code lenses', ({ textDocument }): CodeLens[] => {
        const document = documents.get(textDocument.uri);
        return document ? lensesOf(document, surveys.get(document)) : [];
      }),
    );
    surveys.onDidCheck(() => {
      if (!client.canRefreshLenses) return;
      connection
        .sendRequest(CodeLensRefreshRequest.type)
        .catch((error: unknown) => logFailure(connection, 'code lenses', error));
    });
  },
};
