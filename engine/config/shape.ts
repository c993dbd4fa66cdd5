/**
 * The vocabulary in which `schema.ts` describes `cannon.yaml`: the shapes that a value may have, and what a key is.
 * `ValueOf` gives the TypeScript type of what a valid value of a shape becomes.
 */
import type { Expression } from './expression';

export type Shape =
  /** A text that is not empty. */
  | { readonly kind: 'text' }
  /** A finite number; `above` is exclusive. `word` may stand in place of a number. */
  | {
      readonly kind: 'number';
      readonly min?: number;
      readonly above?: number;
      readonly max?: number;
      readonly integer?: true;
      readonly word?: string;
    }
  /** One of some words. `planned` words are known but refused. */
  | {
      readonly kind: 'choice';
      readonly choices: Readonly<Record<string, string>>;
      readonly planned?: readonly string[];
    }
  /** An expression that is true or false of a star. `word`, or the name of a condition that ships with the program, may stand in its place. */
  | { readonly kind: 'condition'; readonly word?: string; readonly presets?: ConditionPresets }
  /** An expression that is a number for a star. */
  | { readonly kind: 'formula' }
  /** One shape where a map stands, another for anything else. */
  | { readonly kind: 'either'; readonly plain: Shape; readonly map: Shape }
  /** An angle on the sky with its unit, as `1 arcsec`; becomes arcseconds. */
  | { readonly kind: 'angle' }
  /** A list of one or more; with `lone`, a single item may stand without the list. */
  | { readonly kind: 'list'; readonly of: Shape; readonly lone?: true }
  /** A map with these keys. A key that ends in `*` stands for any with that beginning. With `oneOf`, exactly one is given, not counting those that go with another. */
  | { readonly kind: 'map'; readonly keys: Readonly<Record<string, KeySpec>>; readonly oneOf?: true }
  /** A map from names that the user chooses, one or more; `known` are likely ones. `word` may stand in its place. */
  | {
      readonly kind: 'names';
      readonly what: string;
      readonly each: KeySpec;
      readonly known?: readonly string[];
      readonly word?: string;
    };

export interface KeySpec {
  /** One sentence. */
  readonly summary: string;
  /** What else a person needs to know. */
  readonly detail?: string;
  readonly shape: Shape;
  readonly unit?: string;
  readonly required?: true;
  /** The key beside it without which it has no meaning. */
  readonly goesWith?: string;
  /** The value that stands for a missing key. */
  readonly default?: string | number;
  /** The same in words, where it depends on other keys. */
  readonly defaultText?: string;
  /** YAML in flow style, on one line, as it would follow `key: `. */
  readonly example: string;
}

/** The arcseconds in each unit an angle may have. */
export const arcsecPerUnit: Readonly<Record<string, number>> = { arcsec: 1, arcmin: 60, deg: 3600 };

/** Conditions by name: what stands for each, and what it means. */
export type ConditionPresets = Readonly<Record<string, { readonly condition: string; readonly about: string }>>;

type Word<S> = S extends { readonly word: infer W } ? W : never;

/** What a valid value of a shape becomes. Keys that are absent or were refused are undefined. */
export type ValueOf<S extends Shape> = S extends { readonly kind: 'text' }
  ? string
  : S extends { readonly kind: 'number' }
    ? number | Word<S>
    : S extends { readonly kind: 'choice'; readonly choices: infer C }
      ? keyof C
      : S extends { readonly kind: 'condition' }
        ? Expression | Word<S>
        : S extends { readonly kind: 'angle' }
          ? number
          : S extends { readonly kind: 'formula' }
            ? Expression
            : S extends {
                  readonly kind: 'either';
                  readonly plain: infer P extends Shape;
                  readonly map: infer M extends Shape;
                }
              ? ValueOf<P> | ValueOf<M>
              : S extends { readonly kind: 'list'; readonly of: infer Item extends Shape }
                ? ValueOf<Item>[]
                : S extends { readonly kind: 'map'; readonly keys: infer Keys }
                  ? MapOf<Keys>
                  : S extends { readonly kind: 'names'; readonly each: { readonly shape: infer Each extends Shape } }
                    ? Map<string, ValueOf<Each> | undefined> | Word<S>
                    : never;

/** The value of a key that ends in `*`, and what stood in place of the star. */
export interface Starred<V> {
  readonly rest: string;
  readonly value: V;
}

type MapOf<Keys> = {
  -readonly [K in keyof Keys]?: Keys[K] extends { readonly shape: infer S extends Shape }
    ? (K extends `${string}*` ? Starred<ValueOf<S>> : ValueOf<S>) | undefined
    : never;
};
