/**
 * Objects of Stripe's products around payments: connected accounts, transfers, top-ups, identity checks, reports and
 * issued cards. They are kept as the request describes them, so that their events happen. They have no effects.
 */
import type { PlainObject } from '../model/plain-object.ts';
import type { FormValue } from '../protocol/form.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { notFound } from '../protocol/stripe-error.ts';
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
}

/** Reads every parameter as it was sent; a number or a boolean as one. */
function givenFields(params: Params): Record<string, unknown> {
  return Object.fromEntries(
    params.names().flatMap((name) => {
      const value = params.raw(name);
      return name === 'expand' || name === 'metadata' || value === undefined
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
  const row: PlainObject = {
    id: world.ids.next(kind.prefix),
    object: kind.object,
    created: world.seconds(),
    ...(kind.object === 'account' ? {} : { livemode: false }),
    ...kind.fields(world),
    ...givenFields(params),
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
  const { metadata = {} } = getPlain(world, kind, id);
  const patch = { ...givenFields(params), metadata: mergeMetadata(metadata, params) };
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
