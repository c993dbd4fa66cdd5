/** The column beside the plots: which elements' windows carry the label, and what is known of the chosen pixel. */
import type { ModelAnatomy } from '../../engine/index';
import { noNumber, roundTo } from '../../engine/browser';
import { h } from '../element';
import { labelWithUnit, labelWord } from '../words';
import type { LabelInformation } from './model';
import { pixelFacts, pixelTerms, typicalSnr, verdict } from './model';

const caption = (text: string): HTMLElement => h('caption', { class: 'for-screen-readers' }, text);
const head = (...titles: readonly (readonly [text: string, title: string, isNumber: boolean])[]): HTMLElement =>
  h(
    'thead',
    {},
    h(
      'tr',
      {},
      ...titles.map(([text, title, isNumber]) =>
        h('th', { scope: 'col', title, class: isNumber ? 'number' : '' }, text),
      ),
    ),
  );

/** @param choose shows the windows of an element */
export function informationTable(
  model: ModelAnatomy,
  information: LabelInformation,
  selected: string | null,
  choose: (element: string) => void,
): HTMLElement[] {
  const label = model.labels[information.label]!;
  const error = Number.isFinite(information.error) ? roundTo(information.error, 3) : noNumber;
  const judged = verdict(model, information);
  return [
    h('h2', {}, `Which pixels carry ${labelWord(label.name)}`),
    h('p', { class: 'note' }, `Formal error at S/N ${typicalSnr} a pixel, all labels free: ${error} ${label.unit}`),
    ...(judged === '' ? [] : [h('p', { class: 'verdict' }, judged)]),
    information.scores.length === 0
      ? h(
          'p',
          { class: 'note' },
          'Name windows under “windows” in cannon.yaml (or “windows: galah”) to see elements here.',
        )
      : h(
          'table',
          { class: 'elements' },
          caption(`Information on ${labelWithUnit(label)} in the windows of each element`),
          head(
            ['element', '', false],
            ['pixels', 'Pixels in the element’s windows', true],
            ['share', 'Part of all information', true],
            ['× mean', 'Mean information in the windows over that of all pixels', true],
            ['chance', 'Share of shifted windows that hold as much', true],
          ),
          h(
            'tbody',
            {},
            ...information.scores.map(({ name, nPixels, share, enrichment, chance }) =>
              h(
                'tr',
                { class: name === selected ? 'selected' : '' },
                h(
                  'th',
                  { scope: 'row' },
                  h('button', { type: 'button', class: 'link', click: () => choose(name) }, name),
                ),
                h('td', { class: 'number' }, String(nPixels)),
                h('td', { class: 'number' }, `${(100 * share).toFixed(1)} %`),
                h('td', { class: 'number' }, enrichment.toFixed(1)),
                h('td', { class: 'number' }, chance < 0.001 ? '< 0.001' : chance.toFixed(3)),
              ),
            ),
          ),
        ),
  ];
}

/** @param choose shows another term; @param reveal a key of cannon.yaml */
export function pixelTable(
  model: ModelAnatomy,
  pixel: number | null,
  choose: (term: number) => void,
  reveal: (key: string) => void,
): HTMLElement[] {
  if (pixel === null) return [h('p', { class: 'note' }, 'Click a pixel to see all its terms.')];
  return [
    h('h2', {}, `Pixel at ${model.waveAngstrom[pixel]!.toFixed(2)} Å`),
    h(
      'table',
      { class: 'quality' },
      caption('The pixel'),
      h(
        'tbody',
        {},
        ...pixelFacts(model, pixel).map(({ name, value, key }) =>
          h(
            'tr',
            {},
            h('th', { scope: 'row' }, name),
            h(
              'td',
              { class: 'number' },
              key === null
                ? value
                : h(
                    'button',
                    { type: 'button', class: 'link', title: `${key} in cannon.yaml`, click: () => reveal(key) },
                    value,
                  ),
            ),
          ),
        ),
      ),
    ),
    termsTable(model, pixel, choose),
  ];
}

function termsTable(model: ModelAnatomy, pixel: number, choose: (term: number) => void): HTMLElement {
  const hasErrors = model.thetaError.length > 0;
  return h(
    'table',
    { class: 'terms' },
    caption('The terms of the pixel, the largest first'),
    head(
      ['term', '', false],
      ['θ', 'Flux per standard deviation of each label', true],
      ...(hasErrors ? ([['θ/σ', 'Coefficient over its error', true]] as const) : []),
    ),
    h(
      'tbody',
      {},
      ...pixelTerms(model, pixel).map(({ index, name, value, sigma }) =>
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, h('button', { type: 'button', class: 'link', click: () => choose(index) }, name)),
          h('td', { class: 'number' }, value),
          ...(hasErrors ? [h('td', { class: 'number' }, sigma)] : []),
        ),
      ),
    ),
  );
}
