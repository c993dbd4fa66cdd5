/** The keys of panels, as their sources have them: the panels themselves need a browser to load. */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const panels = ['spectrum', 'inspector', 'coefficients', 'validation', 'trainingSet', 'review'];

/** `[{ panel, keys: [{ shown, does }] }]`, in the order of the sources; `plots` are those of all plots of spectra. */
export function panelKeys() {
  const plots = { panel: 'plots', keys: keysIn('chart/stage.ts') };
  return [plots, ...panels.map((panel) => ({ panel, keys: filesOf(panel).flatMap(keysIn) }))];
}

function filesOf(panel) {
  const names = readdirSync(new URL(`../webviews/${panel}`, import.meta.url)).sort();
  return names.filter((name) => name.endsWith('.ts')).map((name) => `${panel}/${name}`);
}

function keysIn(path) {
  const text = readFileSync(new URL(`../webviews/${path}`, import.meta.url), 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const constants = constantsOf(source);
  const found = [];
  const visit = (node) => {
    const key = ts.isObjectLiteralExpression(node)
      ? ofObject(node, constants)
      : ts.isCallExpression(node)
        ? ofCall(node)
        : null;
    if (key === null) ts.forEachChild(node, visit);
    else found.push(key);
  };
  visit(source);
  return found;
}

/** `{ keys, shown: 'J', does: 'Next star' }`, or a verdict with its key, its words and what follows from it. */
function ofObject(node, constants) {
  const texts = textsOf(node, constants);
  if (texts.shown !== undefined && texts.does !== undefined) return { shown: texts.shown, does: texts.does };
  return texts.verdict !== undefined && texts.key !== undefined
    ? { shown: texts.key, does: `**${texts.text}** ${texts.means}` }
    : null;
}

/** `simple(['j'], 'J', 'Next star', run)`. */
function ofCall({ arguments: [keys, shown, does] }) {
  const isKey = keys && ts.isArrayLiteralExpression(keys) && isText(shown) && isText(does);
  return isKey ? { shown: shown.text, does: does.text } : null;
}

const isText = (node) => node !== undefined && ts.isStringLiteralLike(node);

/** The texts that a file has a name for, which other texts in it hold. */
function constantsOf(source) {
  const declared = source.statements.filter(ts.isVariableStatement).flatMap((one) => one.declarationList.declarations);
  return new Map(
    declared
      .filter(({ initializer }) => isText(initializer))
      .map(({ name, initializer }) => [name.getText(), initializer.text]),
  );
}

/** A text, also one with named texts in it; undefined for anything else. */
function textOf(node, constants) {
  if (isText(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  const parts = node.templateSpans.map(({ expression, literal }) => {
    const named = constants.get(expression.getText());
    return named === undefined ? undefined : named + literal.text;
  });
  return parts.includes(undefined) ? undefined : node.head.text + parts.join('');
}

function textsOf(node, constants) {
  const texts = {};
  for (const property of node.properties) {
    if (ts.isSpreadAssignment(property) && ts.isObjectLiteralExpression(property.expression))
      Object.assign(texts, textsOf(property.expression, constants));
    else if (ts.isPropertyAssignment(property)) {
      const text = textOf(property.initializer, constants);
      if (text !== undefined) texts[property.name.getText()] = text;
    }
  }
  return texts;
}
