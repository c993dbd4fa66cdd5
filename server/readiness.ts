/** "Is my data ready?" as a page of Markdown: the verdict, its reasons, the funnel as a picture and as numbers, and how stars cover the labels. */
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  examineSurvey,
  funnelSvg,
  type FunnelStep,
  loadConfig,
  type ParsedConfig,
  type Problem,
  type SurveyFacts,
  verdictOf,
} from '../engine/index';
import { type Feature, guard, type ServerContext } from './context';
import { ReadinessRequest } from './protocol';
import { plain } from './words';

function readinessPage(parsed: ParsedConfig, problems: readonly Problem[], facts: SurveyFacts): string {
  const { sentence, reasons } = verdictOf(problems, facts);
  const name = basename(dirname(parsed.path));
  return [
    `# Is the data of ${plain(name)} ready for The Cannon?`,
    `**${plain(sentence)}**`,
    reasons.map(({ code, message, hint }, k) => `${k + 1}. ${plain(message)}. *${plain(hint)}* (${code})`).join('\n'),
    ...(facts.funnel === null ? [] : funnelParts(facts.funnel, name)),
    ...coverageParts(facts),
    'Counted when the survey was last checked; `cannon check` says the same on the command line.',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function funnelParts(funnel: readonly FunnelStep[], name: string): string[] {
  const picture = Buffer.from(funnelSvg(funnel, name)).toString('base64');
  const rows = funnel.map(({ step, stars, isPending }) => `| ${plain(step)} | ${isPending ? '≤ ' : ''}${stars} |`);
  const thresholds = funnel.flatMap((step) => step.thresholds ?? []);
  return [
    '## From spectra to training stars',
    `![${plain(funnel.map(({ step, stars }) => `${stars} ${step}`).join(', then '))}](data:image/svg+xml;base64,${picture})`,
    ['| Step | Stars |', '| --- | ---: |', ...rows].join('\n'),
    thresholds.length === 0
      ? ''
      : [
          '| Element | χ² up to | Stars with one | Above |',
          '| --- | ---: | ---: | ---: |',
          ...thresholds.map(
            (one) => `| ${plain(one.element)} | ${one.threshold.toPrecision(4)} | ${one.stars} | ${one.above} |`,
          ),
        ].join('\n'),
  ];
}

function coverageParts({ coverage }: SurveyFacts): string[] {
  if (coverage === null || coverage.length === 0) return [];
  const rows = coverage.map(({ model, stars, terms, correlated, emptyCorners, corners, snr }) => {
    const tight = correlated.map(({ one, other, r }) => `${one} and ${other} (${r.toFixed(2)})`).join(', ');
    const sn = snr === null ? 'unknown' : `${snr[1].toFixed(0)} (${snr[0].toFixed(0)} to ${snr[2].toFixed(0)})`;
    const empty = corners === 0 ? 'too few stars to tell' : `${emptyCorners.length} of ${corners}`;
    return `| ${plain(model)} | ${stars} | ${(stars / terms).toFixed(1)} | ${sn} | ${plain(tight) || 'none'} | ${empty} |`;
  });
  const head = ['| Model | Stars | A term | S/N, half of them | Labels that go together | Empty corners |'];
  return ['## How they cover the labels', [...head, '| --- | ---: | ---: | --- | --- | --- |', ...rows].join('\n')];
}

export const readiness: Feature = {
  capabilities: {},

  register({ connection, documents, surveys, readers }: ServerContext): void {
    const { method } = ReadinessRequest;
    connection.onRequest(
      method,
      guard(connection, method, async ({ config }: { config: string }, token): Promise<{ markdown: string }> => {
        const open = documents.all().find(({ uri }) => uri.startsWith('file:') && fileURLToPath(uri) === config);
        const known = open && surveys.get(open);
        if (known?.facts) {
          const { parsed, diskProblems, facts } = known;
          return { markdown: readinessPage(parsed, [...parsed.problems, ...diskProblems], facts) };
        }
        const controller = new AbortController();
        token.onCancellationRequested(() => controller.abort());
        const parsed = await loadConfig(config);
        const { spectrum, table } = readers;
        const { problems, facts } = await examineSurvey(parsed, controller, { spectrum, table });
        return { markdown: readinessPage(parsed, [...parsed.problems, ...problems], facts) };
      }),
    );
  },
};
