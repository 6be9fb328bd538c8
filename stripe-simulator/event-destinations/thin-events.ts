/** Lists and retrieves thin events. */
import { pageOfV2 } from '../protocol/page-v2.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidParameter, notFound } from '../protocol/stripe-error.ts';
import {
  renderThinEvent,
  type ThinEvent,
  thinEventWithId,
  thinIdOf,
  thinTypesOf,
} from '../render/render-thin-event.ts';
import type { World } from '../world/world.ts';

const MAX_TYPES = 20;

export function retrieveThinEvent({ store }: World, { id }: ApiRequest): object {
  const found = thinEventWithId(store, id);
  if (found === undefined) throw notFound('event', id);
  return renderThinEvent(found);
}

export function listThinEvents({ store }: World, request: ApiRequest): object {
  const { params } = request;
  const types = typesIn(params);
  const objectId = params.string('object_id');
  const isCreated = createdFilter(params);
  const found: ThinEvent[] = [];
  for (const record of store.events.newestFirst()) {
    const { snapshot } = record;
    const isAbout = objectId === undefined || ('id' in snapshot && snapshot.id === objectId);
    if (!isAbout || !isCreated(record.created)) continue;
    // What follows from a change comes after it, so it is shown before it.
    for (const type of thinTypesOf(record).toReversed()) {
      if (types === undefined || types.includes(type)) found.push({ record, type });
    }
  }
  const page = pageOfV2(request, found, thinIdOf);
  return { ...page, data: page.data.map(renderThinEvent) };
}

function typesIn(params: Params): readonly string[] | undefined {
  const types = params.strings('types');
  if (types === undefined || types.length <= MAX_TYPES) return types;
  throw invalidParameter({ message: `You can pass up to ${MAX_TYPES} types.`, param: 'types' });
}

/** A range of times in the form of API v2. */
function createdFilter(params: Params): (seconds: number) => boolean {
  const range = params.object('created');
  const at = (name: string) => timeIn(range, name);
  const above = at('gt') ?? Number.NEGATIVE_INFINITY;
  const from = at('gte') ?? Number.NEGATIVE_INFINITY;
  const below = at('lt') ?? Number.POSITIVE_INFINITY;
  const to = at('lte') ?? Number.POSITIVE_INFINITY;
  return (seconds) => seconds > above && seconds >= from && seconds < below && seconds <= to;
}

function timeIn(range: Params | undefined, name: string): number | undefined {
  const text = range?.string(name);
  if (range === undefined || text === undefined) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : Date.parse(text) / 1000;
  if (!Number.isNaN(seconds)) return seconds;
  const message = 'A time has the form 2027-01-15T12:00:00.000Z, or is a number of Unix seconds.';
  throw invalidParameter({ message, param: range.nameOf(name) });
}
