/**
 * Small faults that a test should notice, found in a source file's syntax: another operator, a boundary moved by one, a
 * constant changed, a sign lost, a factor dropped, arguments swapped, a branch always or never taken, a statement gone.
 *
 * Which of them are tried is drawn by a hash of the seed, the file, the line's text and the change, so that the same seed
 * tries the same faults, and an edit elsewhere in a file does not change the draw much.
 */
import { createHash } from 'node:crypto';
import ts from 'typescript';

const K = ts.SyntaxKind;

/** What takes an operator's place, each a mutant of its own. */
const otherOperators = new Map([
  [K.PlusToken, ['-']],
  [K.MinusToken, ['+']],
  [K.AsteriskToken, ['/']],
  [K.SlashToken, ['*']],
  [K.PercentToken, ['*']],
  [K.AsteriskAsteriskToken, ['*']],
  [K.LessThanToken, ['<=', '>=']],
  [K.LessThanEqualsToken, ['<', '>']],
  [K.GreaterThanToken, ['>=', '<=']],
  [K.GreaterThanEqualsToken, ['>', '<']],
  [K.EqualsEqualsEqualsToken, ['!==']],
  [K.ExclamationEqualsEqualsToken, ['===']],
  [K.AmpersandAmpersandToken, ['||']],
  [K.BarBarToken, ['&&']],
  [K.PlusEqualsToken, ['-=', '=']],
  [K.MinusEqualsToken, ['+=', '=']],
  [K.AsteriskEqualsToken, ['/=', '=']],
  [K.SlashEqualsToken, ['*=', '=']],
  [K.AmpersandToken, ['|']],
  [K.BarToken, ['&']],
  [K.LessThanLessThanToken, ['>>']],
  [K.GreaterThanGreaterThanToken, ['<<']],
  [K.GreaterThanGreaterThanGreaterThanToken, ['<<']],
]);
/** Operators whose operands each mean something by themselves: a term, a factor, a weight may be forgotten. */
const droppable = new Set([K.PlusToken, K.MinusToken, K.AsteriskToken, K.SlashToken]);
const otherFunctions = new Map([
  ['Math.min', 'Math.max'],
  ['Math.max', 'Math.min'],
  ['Math.floor', 'Math.ceil'],
  ['Math.ceil', 'Math.floor'],
  ['Math.round', 'Math.floor'],
  ['Math.sqrt', ''],
  ['Math.abs', ''],
  ['Math.log', ''],
  ['Math.exp', ''],
  ['Number.isFinite', '!Number.isNaN'],
  // Of the kernels' language.
  ['f64x2.add', 'f64x2.sub'],
  ['f64x2.sub', 'f64x2.add'],
  ['f64x2.mul', 'f64x2.div'],
  ['f64x2.div', 'f64x2.mul'],
  ['f64x2.min', 'f64x2.max'],
  ['f64x2.max', 'f64x2.min'],
  ['f64x2.pmax', 'f64x2.pmin'],
  ['f64x2.gt', 'f64x2.ge'],
  ['f64x2.abs', ''],
  ['f64x2.sqrt', ''],
  ['f64x2.neg', ''],
]);

/**
 * @typedef {{ file: string, line: number, start: number, end: number, text: string, was: string, kind: string, isStatement: boolean }} Mutant
 * `start` and `end` span the expression or statement that `text` replaces.
 * @returns {Mutant[]} all mutants of a file, in the order of its text
 */
export function mutantsOf(file, source) {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (node, kind, text, isStatement = false) => {
    const start = node.getStart(tree);
    const was = source.slice(start, node.end);
    if (text === was) return;
    const line = tree.getLineAndCharacterOfPosition(start).line + 1;
    found.push({ file, line, start, end: node.end, text, was, kind, isStatement });
  };
  const visit = (node) => {
    if (isLeftAlone(node)) return;
    if (ts.isBinaryExpression(node)) mutateBinary(node, tree, add);
    else if (ts.isNumericLiteral(node)) mutateNumber(node, add);
    else if (ts.isPrefixUnaryExpression(node)) mutatePrefix(node, tree, add);
    else if (ts.isCallExpression(node)) mutateCall(node, tree, add);
    else if (ts.isConditionalExpression(node)) mutateChoice(node, tree, add);
    else if (ts.isIfStatement(node)) mutateIf(node, tree, add);
    else if (isRemovable(node)) add(node, 'statement removed', ';', true);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Types, imports and what only words a message. */
function isLeftAlone(node) {
  return (
    ts.isTypeNode(node) ||
    ts.isImportDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isTemplateExpression(node) ||
    ts.isThrowStatement(node) ||
    (ts.isNewExpression(node) && /Error$/.test(node.expression.getText()))
  );
}

function mutateBinary(node, tree, add) {
  const [left, right] = [node.left.getText(tree), node.right.getText(tree)];
  const operator = node.operatorToken.kind;
  const isText = (side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side);
  if (isText(node.left) || isText(node.right)) {
    if (operator === K.PlusToken || operator === K.PlusEqualsToken) return;
  }
  for (const other of otherOperators.get(operator) ?? []) {
    const text = `${left} ${other} ${right}`;
    add(
      node,
      `${node.operatorToken.getText(tree)} → ${other}`,
      other.endsWith('=') && !/[<>!=]=/.test(other) ? text : `(${text})`,
    );
  }
  if (droppable.has(operator)) {
    add(node, `right side of ${node.operatorToken.getText(tree)} dropped`, `(${left})`);
    if (operator !== K.MinusToken && operator !== K.SlashToken)
      add(node, `left side of ${node.operatorToken.getText(tree)} dropped`, `(${right})`);
  }
  if (operator === K.LessThanToken && ts.isForStatement(node.parent))
    add(node, 'loop ends one early', `(${left} < ${right} - 1)`);
}

function mutateNumber(node, add) {
  if (ts.isPropertyAssignment(node.parent) && node.parent.name === node) return;
  const value = Number(node.text);
  if (!Number.isInteger(value) || Math.abs(value) > 1e6) return add(node, 'constant × 1.5', String(1.5 * value));
  add(node, 'constant + 1', String(value + 1));
  if (value > 0) add(node, 'constant − 1', String(value - 1));
}

function mutatePrefix(node, tree, add) {
  const operand = node.operand.getText(tree);
  if (node.operator === K.MinusToken && !ts.isNumericLiteral(node.operand)) add(node, 'sign lost', `(${operand})`);
  if (node.operator === K.ExclamationToken) add(node, 'negation lost', `(${operand})`);
}

function mutateCall(node, tree, add) {
  const name = node.expression.getText(tree);
  const other = otherFunctions.get(name);
  const words = node.arguments.map((argument) => argument.getText(tree));
  if (other !== undefined)
    add(node, `${name} → ${other === '' ? 'its argument' : other}`, `${other}(${words.join(', ')})`);
  const isPlain = (argument) => ts.isIdentifier(argument) || ts.isPropertyAccessExpression(argument);
  const [first, second] = node.arguments;
  const inChain = ts.isOptionalChain(node) || ts.isOptionalChain(node.parent);
  const commutes = /^(Math\.(min|max|hypot)|f64x2\.(add|mul|min|max)|pearson|expect)$/.test(name);
  if (!inChain && !commutes && first && second && isPlain(first) && isPlain(second) && words[0] !== words[1])
    add(node, 'first two arguments swapped', `${name}(${[words[1], words[0], ...words.slice(2)].join(', ')})`);
}

function mutateChoice(node, tree, add) {
  add(node, 'always the first choice', `(${node.whenTrue.getText(tree)})`);
  add(node, 'always the second choice', `(${node.whenFalse.getText(tree)})`);
}

function mutateIf(node, tree, add) {
  const [condition, rest] = [node.expression.getText(tree), node.getText(tree)];
  const at = rest.indexOf(condition, 2);
  const put = (text) => rest.slice(0, at) + text + rest.slice(at + condition.length);
  add(node, 'condition always holds', put('true'), true);
  add(node, 'condition never holds', put('false'), true);
}

/** What acts by itself: a call, an assignment, a jump to the next turn of a loop. */
function isRemovable(node) {
  if (ts.isContinueStatement(node)) return true;
  if (!ts.isExpressionStatement(node)) return false;
  const { expression } = node;
  return (
    ts.isCallExpression(expression) ||
    ts.isAwaitExpression(expression) ||
    (ts.isBinaryExpression(expression) && expression.operatorToken.getText().endsWith('='))
  );
}

/** `count` of the mutants, the same for the same seed. */
export function draw(mutants, count, seed, source) {
  const lines = source.split('\n');
  const rank = (mutant) =>
    createHash('sha256')
      .update([seed, mutant.file, lines[mutant.line - 1].trim(), mutant.was, mutant.text].join('\0'))
      .digest('hex');
  const ranked = mutants.map((mutant) => ({ mutant, rank: rank(mutant) }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked
    .slice(0, count)
    .map(({ mutant }) => mutant)
    .sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The file with a fault. */
export function withMutant(source, { start, end, text }) {
  return source.slice(0, start) + text + source.slice(end);
}

/**
 * The file with all of `mutants` in it, none of them active: one acts while `__mutants.active` is its `id`. Each place tells
 * `__mutants.reach(id)` that it is reached, once until `__mutants.noted` is emptied.
 * @param {(Mutant & { id: number })[]} mutants
 */
export function withSwitches(source, mutants) {
  const marks = [];
  mutants.forEach(({ id, start, end, text, isStatement }, order) => {
    const note = `__mutants.noted[${id}]||__mutants.reach(${id})`;
    const [before, after] = isStatement
      ? [`{${note};if(__mutants.active===${id}){${text}}else{`, '}}']
      : [`(${note},__mutants.active===${id}?(${text}):(`, '))'];
    marks.push({ at: start, opens: 1, other: end, order, text: before });
    marks.push({ at: end, opens: 0, other: start, order: -order, text: after });
  });
  // At one place, what ends comes before what begins. Of two that begin there the longer one, of two that end there the shorter one comes first.
  marks.sort((a, b) => a.at - b.at || a.opens - b.opens || b.other - a.other || a.order - b.order);
  let [text, from] = ['', 0];
  for (const mark of marks) {
    text += source.slice(from, mark.at) + mark.text;
    from = mark.at;
  }
  return `const __mutants = globalThis.__mutants;${text}${source.slice(from)}`;
}
