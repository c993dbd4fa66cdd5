/** Cards of stars for texts that name them: Markdown with a picture of the spectrum, labels, and what one should mind. */
import {
  type CardLabel,
  realMinus,
  roundLike,
  roundTo,
  starCard,
  type StarCard,
  UserError,
  withError,
} from '../engine/index';
import { type Feature, guard, type ServerContext } from './context';
import { findStar } from './findStar';
import { FindStarRequest, type Request, StarCardRequest } from './protocol';
import { dataUri, sparkline } from './sparkline';
import { plain } from './words';

function cardMarkdown({ title, spectrum, redshift, labels, model, flags }: StarCard): {
  head: string;
  body: string;
} {
  const svg = spectrum && sparkline(spectrum);
  const parts = [
    svg === null ? '' : `![The flux over wavelength](${dataUri(svg)})`,
    labels.length === 0 ? '' : labelTable(labels, model),
    flags.map((flag) => `⚠ ${plain(flag)}`).join('  \n'),
  ];
  const head = `**${plain(title)}**${redshift === null ? '' : ` · ${motion(redshift)}`}`;
  return { head, body: parts.filter((part) => part !== '').join('\n\n') };
}

const lightKms = 299_792.458;

/** Of a star, as astronomers speak of it: a velocity; of what is far away, the redshift. */
function motion(redshift: number): string {
  return Math.abs(redshift) < 0.01
    ? `${realMinus((redshift * lightKms).toFixed(0))} km/s`
    : `z ${roundTo(redshift, 4)}`;
}

function labelTable(labels: readonly CardLabel[], model: string | null): string {
  const withReference = labels.some(({ reference }) => reference !== null);
  const head = ['label', ...(model === null ? [] : [`${plain(model)}`]), ...(withReference ? ['reference'] : [])];
  const rows = labels.map(({ name, unit, value, error, reference }) => [
    plain(unit === '' ? name : `${name} (${unit})`),
    ...(model === null ? [] : [value === null ? '' : withError(value, error ?? NaN)]),
    ...(withReference ? [reference === null ? '' : roundLike(reference, error ?? NaN)] : []),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? ':--' : '--:'))), ...rows.map(line)].join('\n');
}

export const starCards: Feature = {
  capabilities: {},

  register({ connection, indexes, readers }: ServerContext): void {
    const answer = <Params, Result>(
      { method }: Request<Params, Result>,
      handler: (params: Params) => Result | Promise<Result>,
    ) => connection.onRequest(method, guard<Params, unknown>(connection, method, handler));

    answer(FindStarRequest, (params) => findStar(params, indexes));
    answer(StarCardRequest, async (params) => {
      const found = findStar(params, indexes);
      if (found === null) return null;
      try {
        // As it was when it could last be used: a card is not the place to hear of a mistake in that file.
        const survey = [...indexes.known()].find(({ config }) => config.path === found.config);
        const config = survey?.config ?? null;
        return { ...found, ...cardMarkdown(await starCard(found.path, config, readers.table)) };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { ...found, head: plain(error.message.replace(/\.?$/, '.')), body: plain(error.hint) };
      }
    });
  },
};
