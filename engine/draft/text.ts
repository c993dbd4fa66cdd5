/** A draft as the text of a cannon.yaml: each key with a line that says what it is for, and with what was uncertain about it. */
import type { SurveyFormat } from '../config/config';
import type { Draft, DraftPart } from './draft';

const about: Readonly<Record<DraftPart['key'], string>> = {
  spectra: 'Which files are spectra, relative to this file.',
  reference: 'The stars whose labels are trusted, and how a row of the table finds its spectrum.',
  grid: 'The pixels of the model: vacuum Å in the rest frame, equal steps in log10 of the wavelength.',
  continuum: 'Each spectrum is divided by a smooth version of itself, so that only lines remain. Å.',
  labels: 'What the model describes a star by, and the columns that hold it.',
  quality: 'Only reference stars that fulfil all of these are trained on.',
  training: 'How flux depends on the labels.',
  crossValidation: 'So few stars are left out one by one.',
};

const head = `# A first description of this survey, written by "cannon init" from the files in its folder. Lines with "Check:" were guessed.
#   cannon check     is everything in order?
#   cannon train     train a model on the reference stars
#   cannon cv        how well are labels of unseen stars recovered?
#   cannon infer     label all spectra
# Every key is explained in docs/configuration.md, and in the editor where the pointer rests on it.

# How a spectrum is read.
`;

export function draftText(survey: SurveyFormat, { parts }: Draft): string {
  const sections = parts.map(({ key, lines, notes }) =>
    [`# ${about[key]}`, ...notes.map((note) => `# Check: ${oneLine(note)}`), ...lines].join('\n'),
  );
  return `${head}survey: ${survey}\n\n${sections.join('\n\n')}\n`;
}

/** File names may hold anything; a comment ends with its line. */
function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- exactly those must not get into a comment
  return text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ');
}
