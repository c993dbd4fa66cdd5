/** `schema.ts` as a JSON schema (draft 7), for editors and tools that validate YAML with one. */
import { namePattern, schema } from './schema';
import type { KeySpec, Shape } from './shape';

type Json = { readonly [key: string]: unknown };

/** The contents of `media/cannon.schema.json`. */
export function jsonSchema(): Json {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'cannon.yaml',
    description: 'A survey: its spectra, its reference labels, and the models to train on them.',
    ...ofShape(schema),
  };
}

function ofKey({ summary, detail, unit, shape, default: value }: KeySpec): Json {
  const sentences = [summary, detail, unit === undefined ? undefined : `Unit: ${unit}.`];
  return {
    description: sentences.filter((sentence) => sentence !== undefined).join(' '),
    ...(value === undefined ? {} : { default: value }),
    ...ofShape(shape),
  };
}

function ofShape(shape: Shape): Json {
  switch (shape.kind) {
    case 'text':
      return { type: 'string', minLength: 1 };
    case 'number': {
      const { min, above, max, integer, word } = shape;
      const number = {
        type: integer ? 'integer' : 'number',
        ...(min === undefined ? {} : { minimum: min }),
        ...(above === undefined ? {} : { exclusiveMinimum: above }),
        ...(max === undefined ? {} : { maximum: max }),
      };
      return word === undefined ? number : { anyOf: [number, { const: word }] };
    }
    case 'choice':
      return { enum: Object.keys(shape.choices) };
    case 'condition':
    case 'formula':
      return { type: 'string', minLength: 1 };
    case 'either':
      return { anyOf: [ofShape(shape.plain), ofShape(shape.map)] };
    case 'angle':
      return { type: 'string', pattern: '^\\s*(\\d+\\.?\\d*|\\.\\d+)\\s*(arcsec|arcmin|deg)\\s*$' };
    case 'list': {
      const list = { type: 'array', minItems: 1, items: ofShape(shape.of) };
      return shape.lone ? { anyOf: [ofShape(shape.of), list] } : list;
    }
    case 'map':
      return ofMap(shape);
    case 'names': {
      const map = {
        type: 'object',
        minProperties: 1,
        propertyNames: { pattern: namePattern.source },
        additionalProperties: ofKey(shape.each),
      };
      return shape.word === undefined ? map : { anyOf: [{ const: shape.word }, map] };
    }
  }
}

function ofMap({ keys, oneOf }: Shape & { kind: 'map' }): Json {
  const entries = Object.entries(keys);
  const fixed = entries.filter(([key]) => !key.endsWith('*'));
  const starred = entries.filter(([key]) => key.endsWith('*'));
  const required = entries.filter(([, spec]) => spec.required).map(([key]) => key);
  const leads = new Set(entries.flatMap(([, { goesWith }]) => goesWith ?? []));
  const followersOf = (lead: string) => entries.filter(([, { goesWith }]) => goesWith === lead).map(([key]) => key);
  const families = [...leads].map((lead) => ({ propertyNames: { enum: [lead, ...followersOf(lead)] } }));
  const pattern = (key: string) => `^${key.slice(0, -1).replaceAll('.', '\\.')}.+$`;
  return {
    // A key without a value is the same as none, where all of its own keys have defaults.
    type: required.length > 0 || oneOf ? 'object' : ['object', 'null'],
    additionalProperties: false,
    properties: Object.fromEntries(fixed.map(([key, spec]) => [key, ofKey(spec)])),
    ...(starred.length === 0
      ? {}
      : { patternProperties: Object.fromEntries(starred.map(([key, spec]) => [pattern(key), ofKey(spec)])) }),
    ...(required.length === 0 ? {} : { required }),
    ...(oneOf ? { minProperties: 1, ...(leads.size === 0 ? { maxProperties: 1 } : {}) } : {}),
    ...(leads.size === 0
      ? {}
      : {
          // One key alone, or one with those that go with it, which do not stand without it.
          ...(oneOf ? { anyOf: [{ maxProperties: 1 }, ...families] } : {}),
          dependencies: Object.fromEntries([...leads].flatMap((lead) => followersOf(lead).map((key) => [key, [lead]]))),
        }),
  };
}
