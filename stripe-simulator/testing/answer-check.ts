/** Holds answers against the types of the official library: what is missing, what has another type, what is not known. */
import shapesFile from './answer-shapes.json' with { type: 'json' };

type Type = readonly Member[];
type Member =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'null' | 'any' }
  | { readonly kind: 'enum'; readonly values: ReadonlySet<string> }
  | { readonly kind: 'shape'; readonly number: number }
  | { readonly kind: 'list' | 'map'; readonly of: Type };

interface Field {
  readonly optional: boolean;
  readonly type: Type;
}

const plain = { s: 'string', n: 'number', b: 'boolean', z: 'null', x: 'any' } as const;
const shapes = new Map<number, ReadonlyMap<string, Field>>();
const enums = shapesFile.enums.map((values) => new Set(values.split(' ')));

function typeOf(text: string): Type {
  return splitAt(text, '|').map((part) => {
    const rest = part.slice(1);
    if (part.startsWith('#')) return { kind: 'shape', number: Number(rest) };
    if (part.startsWith('~')) return { kind: 'enum', values: enums[Number(rest)] ?? new Set() };
    if (part.startsWith('[')) return { kind: 'list', of: typeOf(part.slice(1, -1)) };
    if (part.startsWith('{')) return { kind: 'map', of: typeOf(part.slice(1, -1)) };
    return { kind: plain[part as keyof typeof plain] };
  });
}

/** Splits at a separator that is not within brackets. */
function splitAt(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const letter = text[index];
    if (letter === '[' || letter === '{') depth++;
    if (letter === ']' || letter === '}') depth--;
    if (letter !== separator || depth > 0) continue;
    parts.push(text.slice(start, index));
    start = index + 1;
  }
  return [...parts, text.slice(start)];
}

function shapeAt(number: number): ReadonlyMap<string, Field> {
  const found = shapes.get(number);
  if (found !== undefined) return found;
  const fields = (shapesFile.shapes[number] ?? '').split(',').filter((field) => field !== '');
  const shape = new Map(
    fields.map((field) => {
      const [name = '', type = 'x'] = field.split(' ');
      return [name.replace('?', ''), { optional: name.endsWith('?'), type: typeOf(type) }] as const;
    }),
  );
  shapes.set(number, shape);
  return shape;
}

/** Returns what is wrong with a value, each with its path: `data[].outcome.risk_score: missing`. */
function problemsIn(value: unknown, type: Type, path: string): string[] {
  let best: string[] | undefined;
  // An object that is none of the shapes is compared with the closest of them, and not with null.
  const comparable = type.filter(
    ({ kind }) => typeof value === 'object' && (kind === 'shape' || kind === 'list'),
  );
  for (const member of comparable.length > 0 && value !== null ? comparable : type) {
    const problems = problemsOf(value, member, path);
    if (problems.length === 0) return [];
    if (best === undefined || problems.length < best.length) best = problems;
  }
  const isPlain = typeof value !== 'object' || value === null;
  return isPlain || best === undefined ? [`${path}: ${JSON.stringify(value)} is none of its values`] : best;
}

function problemsOf(value: unknown, member: Member, path: string): string[] {
  const other = [`${path}: ${Array.isArray(value) ? 'list' : typeof value} instead of ${member.kind}`];
  switch (member.kind) {
    case 'any':
      return [];
    case 'null':
      return value === null ? [] : other;
    case 'enum':
      return typeof value === 'string' && member.values.has(value) ? [] : other;
    case 'list':
      if (!Array.isArray(value)) return other;
      return value.flatMap((entry: unknown) => problemsIn(entry, member.of, `${path}[]`));
    case 'map':
      if (!isObject(value)) return other;
      return Object.values(value).flatMap((entry) => problemsIn(entry, member.of, `${path}{}`));
    case 'shape':
      return isObject(value) ? shapeProblems(value, shapeAt(member.number), path) : other;
    default:
      return typeof value === member.kind ? [] : other;
  }
}

function shapeProblems(
  value: Readonly<Record<string, unknown>>,
  shape: ReadonlyMap<string, Field>,
  path: string,
): string[] {
  const at = (name: string) => (path === '' ? name : `${path}.${name}`);
  const problems: string[] = [];
  for (const [name, { optional, type }] of shape) {
    const field = value[name];
    if (field !== undefined) problems.push(...problemsIn(field, type, at(name)));
    else if (!optional) problems.push(`${at(name)}: missing`);
  }
  const isList = shape.has('has_more') && shape.has('data');
  for (const name of Object.keys(value)) {
    // Stripe counts the parts of lists in objects, which the types leave out.
    if (!shape.has(name) && !(isList && name === 'total_count')) problems.push(`${at(name)}: not known`);
  }
  // Another kind of object matches worst of all.
  const kind = shape.get('object')?.type;
  const isOther = kind !== undefined && problemsIn(value['object'], kind, '').length > 0;
  return isOther
    ? [...problems, ...Object.keys(value).map((name) => `${at(name)}: of another object`)]
    : problems;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const listFields = { object: 'string', has_more: 'boolean', url: 'string' };
const routes: Readonly<Record<string, string>> = shapesFile.routes;

/** Returns the fields that the answer of a route can have, or each entry of its list. */
export function knownFields(route: string): ReadonlySet<string> {
  const numbers = [...(routes[route] ?? '').matchAll(/#(\d+)/g)].map(([, number]) => Number(number));
  return new Set(numbers.flatMap((number) => [...shapeAt(number).keys()]));
}

/** Returns what is wrong with the answer of a route, such as `GET /v1/customers/:`; undefined if its type is not known. */
export function answerProblems(route: string, body: unknown): string[] | undefined {
  const text = routes[route];
  if (text === undefined) return undefined;
  const [, page, content = ''] = /^(?:(list|search|page) )?(.*)$/.exec(text) ?? [];
  const isV2 = route.includes(' /v2/');
  if (page === undefined) return problemsIn(isV2 ? withoutNulls(body) : body, typeOf(content), '');
  if (!isObject(body) || !Array.isArray(body['data'])) return ['a page without data'];
  const entries = body['data'].map((entry: unknown) => (page === 'page' ? withoutNulls(entry) : entry));
  return [
    ...missingIn(body, page),
    ...entries.flatMap((entry: unknown) => problemsIn(entry, typeOf(content), 'data[]')),
  ];
}

function missingIn(body: Readonly<Record<string, unknown>>, page: string): string[] {
  if (page === 'page') {
    const links = ['next_page_url', 'previous_page_url'].map((name) => ({ name, value: body[name] }));
    const missing = links.filter(({ value }) => value !== null && typeof value !== 'string');
    return missing.map(({ name }) => `${name}: missing`);
  }
  const missing = Object.entries(listFields).filter(([name, kind]) => typeof body[name] !== kind);
  return missing.map(([name]) => `${name}: missing`);
}

/** In v2 of the API, a field without a value is null or absent, and the types declare it as absent. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== null);
  return Object.fromEntries(entries.map(([name, entry]) => [name, withoutNulls(entry)]));
}

/** The shapes of an object by its name, such as `charge`. */
const shapesByObject = new Map<string, number[]>();
for (const [number, text] of shapesFile.shapes.entries()) {
  const [, place] = /(?:^|,)object ~(\d+)/.exec(text) ?? [];
  for (const name of place === undefined ? [] : (enums[Number(place)] ?? [])) {
    shapesByObject.set(name, [...(shapesByObject.get(name) ?? []), number]);
  }
}

/** Returns what is wrong with an object that says itself what it is, as the one in an event does. */
export function objectProblems(value: unknown): string[] {
  const name = isObject(value) ? String(value['object']) : '';
  const numbers = shapesByObject.get(name) ?? [];
  if (numbers.length === 0) return [`${name}: no object of Stripe`];
  return problemsIn(
    value,
    numbers.map((number) => ({ kind: 'shape', number })),
    name,
  );
}
