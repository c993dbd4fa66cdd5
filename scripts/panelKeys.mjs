/** The keys of panels, as their sources have them: the panels themselves need a browser to load. */
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const spectra = 'chart/stage.ts';
const sources = {
  'Star inspector': ['inspector/controls.ts', spectra],
  Coefficients: ['coefficients/view.ts', spectra],
  Validation: ['validation/controls.ts'],
  'Training set': ['trainingSet/keys.ts'],
  'Review bench': ['review/keys.ts', 'review/verdicts.ts'],
  Spectrum: ['spectrum/view.ts', spectra],
};

/** `[{ panel, keys: [{ shown, does }] }]`, in the order of the sources. */
export function panelKeys() {
  return Object.entries(sources).map(([panel, files]) => ({ panel, keys: files.flatMap(keysIn) }));
}

function keysIn(path) {
  const text = readFileSync(new URL(`../webviews/${path}`, import.meta.url), 'utf8');
  const found = [];
  const visit = (node) => {
    const key = ts.isObjectLiteralExpression(node) ? ofObject(node) : ts.isCallExpression(node) ? ofCall(node) : null;
    if (key === null) ts.forEachChild(node, visit);
    else found.push(key);
  };
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  return found;
}

/** `{ keys, shown: 'J', does: 'Next star' }`, or a verdict with its key and its words. */
function ofObject(node) {
  const texts = textsOf(node);
  if (texts.shown !== undefined && texts.does !== undefined) return { shown: texts.shown, does: texts.does };
  return texts.verdict !== undefined && texts.key !== undefined ? { shown: texts.key, does: texts.text } : null;
}

/** `simple(['j'], 'J', 'Next star', run)`. */
function ofCall({ arguments: [keys, shown, does] }) {
  const isKey = keys && ts.isArrayLiteralExpression(keys) && isText(shown) && isText(does);
  return isKey ? { shown: shown.text, does: does.text } : null;
}

const isText = (node) => node !== undefined && ts.isStringLiteralLike(node);

function textsOf(node) {
  const texts = {};
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property) && ts.isObjectLiteralExpression(property.expression))
      Object.assign(texts, textsOf(property.expression));
    else if (ts.isPropertyAssignment(property) && isText(property.initializer))
      texts[property.name.getText()] = property.initializer.text;
  }
  return texts;
}
