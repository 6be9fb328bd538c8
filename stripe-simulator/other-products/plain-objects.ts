/**
 * Objects of Stripe's products around payments: connected accounts, transfers, top-ups, identity checks, reports and
 * issued cards. They are kept as the request describes them, so that their events happen. They have no effects.
 */
import type { PlainObject } from '../model/plain-object.ts';
import { filterOf } from '../protocol/filters.ts';
import type { FormValue } from '../protocol/form.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import { notSimulated } from '../protocol/not-simulated.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { missingParameter, notFound } from '../protocol/stripe-error.ts';
import { change, emit } from '../world/records.ts';
import type { World } from '../world/world.ts';

export interface PlainKind {
  readonly path: string;
  readonly prefix: string;
  readonly object: string;
  /** The events of a creation. */
  readonly created: readonly string[];
  readonly updated?: string;
  readonly fields: (world: World) => Readonly<Record<string, unknown>>;
  /** What takes the place of what was sent. */
  readonly resolved?: (world: World, params: Params) => Readonly<Record<string, unknown>>;
  /** Reports have no metadata. */
  readonly hasNoMetadata?: true;
  /** The parameters that a creation needs. */
  readonly required?: readonly string[];
  /** The parameters that are no field of the object, so that nothing would be left of them. */
  readonly notKept?: readonly string[];
  /** The parameters that Stripe takes and never shows, such as where a page that is not simulated would lead to. */
  readonly notShown?: readonly string[];
  /** The fields that a list can be filtered by, besides the time of the creation. */
  readonly filters?: readonly string[];
}

/** Returns the filter of a list of these objects. */
export function plainFilter(
  { object, filters = [] }: PlainKind,
  params: Params,
): (row: PlainObject) => boolean {
  const texts = Object.fromEntries(filters.map((name) => [name, (row: PlainObject) => textOf(row[name])]));
  const created = (row: PlainObject) => (typeof row['created'] === 'number' ? row['created'] : null);
  const isWanted = filterOf<PlainObject>(params, { texts, times: { created } });
  return (row) => row.object === object && isWanted(row);
}

/** Returns a field as a filter names it: a reference by its id. */
function textOf(value: unknown): string | null {
  if (typeof value === 'object' && value !== null) return 'id' in value ? String(value.id) : null;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}

function checkParams({ required = [], notKept = [] }: PlainKind, params: Params): void {
  const lost = notKept.filter((name) => params.has(name));
  const [first] = lost;
  if (first !== undefined) throw notSimulated(lost, first);
  for (const name of required) if (!params.has(name)) throw missingParameter(name);
}

/** Reads every parameter as it was sent; a number or a boolean as one. */
function givenFields({ notShown = [] }: PlainKind, params: Params): Record<string, unknown> {
  return Object.fromEntries(
    params.names().flatMap((name) => {
      const value = params.raw(name);
      return ['expand', 'metadata', ...notShown].includes(name) || value === undefined
        ? []
        : [[name, plainValue(value)]];
    }),
  );
}

function plainValue(value: FormValue): unknown {
  if (typeof value === 'string') {
    if (/^\d{1,15}$/.test(value)) return Number(value);
    return value === 'true' || value === 'false' ? value === 'true' : value;
  }
  if (Array.isArray(value)) return value.map((entry: FormValue) => plainValue(entry));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plainValue(entry)]));
}

export function createPlain(world: World, kind: PlainKind, { params }: ApiRequest): PlainObject {
  checkParams(kind, params);
  const row: PlainObject = {
    id: world.ids.next(kind.prefix),
    object: kind.object,
    created: world.seconds(),
    ...(kind.object === 'account' ? {} : { livemode: false }),
    ...kind.fields(world),
    ...givenFields(kind, params),
    ...kind.resolved?.(world, params),
    ...(kind.hasNoMetadata === true ? {} : { metadata: mergeMetadata({}, params) }),
  };
  world.store.plainObjects.put(row);
  for (const event of kind.created) emit(world, event, { object: row });
  return row;
}

export function getPlain(world: World, kind: PlainKind, id: string): PlainObject {
  const found = world.store.plainObjects.get(id);
  if (found?.object !== kind.object) throw notFound(kind.object, id);
  return found;
}

export function updatePlain(world: World, kind: PlainKind, { id, params }: ApiRequest): PlainObject {
  checkParams({ ...kind, required: [] }, params);
  const { metadata = {} } = getPlain(world, kind, id);
  const patch = { ...givenFields(kind, params), metadata: mergeMetadata(metadata, params) };
  const { updated } = kind;
  return change(world, world.store.plainObjects, {
    id,
    patch,
    ...(updated === undefined ? {} : { event: updated }),
  });
}

/** Moves the object to another state, and emits the event of that. */
export function movePlain(
  world: World,
  row: PlainObject,
  to: { readonly patch: Readonly<Record<string, unknown>>; readonly event: string },
): PlainObject {
  const after = change(world, world.store.plainObjects, { id: row.id, patch: to.patch });
  emit(world, to.event, { object: after });
  return after;
}
