/** The parameters that Stripe knows for each route, from the types of its library. The file is generated. */
import { wasKnown } from './earlier-params.ts';
import type { FormObject, FormValue } from './form.ts';
import table from './known-params.json' with { type: 'json' };
import { invalidParameter } from './stripe-error.ts';

/** What a name holds: a value (or a list of values), an object, a list of objects, or names that the caller chooses. */
type Kind = 'value' | 'object' | 'list' | 'map';

interface Known {
  readonly kind: Kind;
  readonly shape: Shape | undefined;
}
type Shape = ReadonlyMap<string, Known>;

const kinds: Readonly<Record<string, Kind>> = { ':': 'object', '@': 'list', '%': 'map' };
const shapes = new Map<number, Shape>();

function shapeAt(number: number): Shape {
  const found = shapes.get(number);
  if (found !== undefined) return found;
  const names = (table.shapes[number] ?? '').split(',').filter((name) => name !== '');
  const shape = new Map(names.map(entryOf));
  shapes.set(number, shape);
  return shape;
}

/** Reads `name`, `name:7`, `name@7`, `name%` and `name%7`. */
function entryOf(text: string): [string, Known] {
  const [, name = '', mark = '', number = ''] = /^([^:@%]+)([:@%]?)(\d*)$/.exec(text) ?? [];
  const kind = kinds[mark] ?? 'value';
  return [name, { kind, shape: number === '' ? undefined : shapeAt(Number(number)) }];
}

export interface KnownRoute {
  readonly method: string;
  readonly path: string;
  readonly shape: Shape;
}

/** Returns the parameters of a route, such as `POST /v1/customers/:customer`, or undefined if the library has none. */
export function knownRoute(method: string, path: string): KnownRoute | undefined {
  const general = path.replaceAll(/:[^/]+/g, ':');
  const routes: Readonly<Record<string, number>> = table.routes;
  const number = routes[`${method} ${general}`];
  return number === undefined ? undefined : { method, path: general, shape: shapeAt(number) };
}

/** Throws Stripe's error if the request has parameters that Stripe does not know, at any depth. */
export function checkKnown(params: FormObject, route: KnownRoute, version: string | null): void {
  const unknown = unknownIn(params, { shape: route.shape, prefix: '' });
  const [first, ...others] = unknown.filter((name) => !wasKnown(name, { ...route, version }));
  if (first === undefined) return;
  const names = [first, ...others];
  const message = `Received unknown parameter${others.length === 0 ? '' : 's'}: ${names.join(', ')}`;
  throw invalidParameter({ message, code: 'parameter_unknown', param: first });
}

interface Place {
  readonly shape: Shape;
  readonly prefix: string;
}

function unknownIn(params: FormObject, { shape, prefix }: Place): string[] {
  return Object.entries(params).flatMap(([key, value]) => {
    const name = prefix === '' ? key : `${prefix}[${key}]`;
    const known = shape.get(key);
    // Every route expands, and deletions too, although their types do not say so.
    if (known === undefined) return name === 'expand' ? [] : [name];
    return known.shape === undefined
      ? []
      : unknownWithin(value, known.kind, { shape: known.shape, prefix: name });
  });
}

function unknownWithin(value: FormValue, kind: Kind, place: Place): string[] {
  if (typeof value === 'string') return [];
  // A list in place of an object, or the reverse, is another error: what reads the parameter reports it.
  if (Array.isArray(value) !== (kind === 'list')) return [];
  if (kind === 'object') return unknownIn(value as FormObject, place);
  return Object.entries(value).flatMap(([key, entry]: [string, FormValue]) =>
    typeof entry === 'object' && !Array.isArray(entry)
      ? unknownIn(entry as FormObject, { shape: place.shape, prefix: `${place.prefix}[${key}]` })
      : [],
  );
}
