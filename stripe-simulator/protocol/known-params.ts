/** The parameters that Stripe knows for each route, from the types of its library. The file is generated. */
import { wasKnown } from './earlier-params.ts';
import type { FormObject, FormValue } from './form.ts';
import table from './known-params.json' with { type: 'json' };
import { invalidParameter } from './stripe-error.ts';
import type { NamedValue } from './value-rules.ts';

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

/** All routes of the library, such as `POST /v1/customers/:`. */
export const libraryRoutes: readonly string[] = Object.keys(table.routes);

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

/** Calls back with every value that has a known name. Names that the caller chooses, as in metadata, are left out. */
export function visitValues(params: FormObject, route: KnownRoute, visit: (value: NamedValue) => void): void {
  const visitor: Visitor = { unknown: () => undefined, value: visit };
  visitIn(params, { shape: route.shape, prefix: '' }, visitor);
}

/** Throws Stripe's error if the request has parameters that Stripe does not know, at any depth. */
export function checkKnown(params: FormObject, route: KnownRoute, version: string | null): void {
  const unknown: string[] = [];
  const visitor: Visitor = { unknown: (name) => unknown.push(name), value: () => undefined };
  visitIn(params, { shape: route.shape, prefix: '' }, visitor);
  const [first, ...others] = unknown.filter(
    (name) => !isUniversal(name, route) && !wasKnown(name, { ...route, version }),
  );
  if (first === undefined) return;
  const names = [first, ...others];
  const message = `Received unknown parameter${others.length === 0 ? '' : 's'}: ${names.join(', ')}`;
  throw invalidParameter({ message, code: 'parameter_unknown', param: first });
}

/** Every route of v1 expands, deletions too, and every list of v2 has pages, although the types do not say so. */
function isUniversal(param: string, { method, path }: KnownRoute): boolean {
  return path.startsWith('/v2/') ? param === 'page' && method === 'GET' : param === 'expand';
}

interface Place {
  readonly shape: Shape;
  readonly prefix: string;
}

interface Visitor {
  readonly unknown: (name: string) => void;
  readonly value: (value: NamedValue) => void;
}

function visitIn(params: FormObject, { shape, prefix }: Place, visitor: Visitor): void {
  for (const [key, value] of Object.entries(params)) {
    const param = prefix === '' ? key : `${prefix}[${key}]`;
    const known = shape.get(key);
    if (known === undefined) visitor.unknown(param);
    else if (typeof value === 'string') visitor.value({ key, param, value });
    else if (known.shape !== undefined)
      visitWithin(value, { kind: known.kind, shape: known.shape, prefix: param }, visitor);
  }
}

function visitWithin(
  value: Exclude<FormValue, string>,
  { kind, shape, prefix }: Place & { readonly kind: Kind },
  visitor: Visitor,
): void {
  // A list in place of an object, or the reverse, is another error: what reads the parameter reports it.
  if (Array.isArray(value) !== (kind === 'list')) return;
  if (kind === 'object') {
    visitIn(value as FormObject, { shape, prefix }, visitor);
    return;
  }
  for (const [key, entry] of Object.entries<FormValue>(value)) {
    if (typeof entry === 'object' && !Array.isArray(entry))
      visitIn(entry as FormObject, { shape, prefix: `${prefix}[${key}]` }, visitor);
  }
}
