/** Which labels are made of which, and the order in which they can be computed. Pure. */
import type { LabelSpec } from './config';

/** The names that a label is made of, each once; its own name means the column of that name. Empty for a column. */
export function ingredientsOf({ derived }: LabelSpec): readonly string[] {
  if (derived === null) return [];
  return derived.by === 'mean' ? derived.of : derived.expression.names;
}

/** The other labels that a label is made of. */
function labelsIn(label: LabelSpec, labels: readonly LabelSpec[]): LabelSpec[] {
  const names = new Set(ingredientsOf(label));
  return labels.filter((other) => other.name !== label.name && names.has(other.name));
}

/** A label with all that it is made of, and that these are made of. */
export function withIngredients(label: LabelSpec, labels: readonly LabelSpec[]): LabelSpec[] {
  const found = new Set([label]);
  for (const one of found) for (const other of labelsIn(one, labels)) found.add(other);
  return [...found];
}

/** Labels after those that they are made of; `circle` names labels that are made of each other, from one back to itself. */
export function labelOrder(labels: readonly LabelSpec[]): {
  readonly order: readonly LabelSpec[];
  readonly circle: readonly string[] | null;
} {
  const order: LabelSpec[] = [];
  const done = new Set<LabelSpec>();
  const path: LabelSpec[] = [];
  const visit = (label: LabelSpec): string[] | null => {
    if (done.has(label)) return null;
    if (path.includes(label)) return [...path.slice(path.indexOf(label)), label].map(({ name }) => name);
    path.push(label);
    for (const other of labelsIn(label, labels)) {
      const circle = visit(other);
      if (circle) return circle;
    }
    path.pop();
    done.add(label);
    order.push(label);
    return null;
  };
  for (const label of labels) {
    const circle = visit(label);
    if (circle) return { order, circle };
  }
  return { order, circle: null };
}
