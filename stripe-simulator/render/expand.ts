/** Implements `expand`: replaces ids by objects and adds parts that are omitted by default. */
import type { Params } from '../protocol/params.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import { findObject } from '../store/store.ts';
import { includablePart, isIncludable } from './included-parts.ts';
import type { Json, JsonObject, Reader } from './json.ts';
import { render } from './render.ts';

const MAX_LEVELS = 4;

export function expandAll(root: Json, params: Params, reader: Reader): Json {
  const paths = params.strings('expand') ?? [];
  return paths.reduce((expanded, path) => {
    const levels = path.split('.');
    // Every name counts as a level, including the leading `data` of a list.
    if (levels.length > MAX_LEVELS) {
      throw invalidRequest({
        message: `You cannot expand more than ${MAX_LEVELS} levels of a property. Property: ${path}`,
        code: 'property_expansion_max_depth',
      });
    }
    return expand({ value: expanded, levels, path }, reader);
  }, root);
}

interface Step {
  value: Json;
  levels: readonly string[];
  path: string;
}

function expand({ value, levels, path }: Step, reader: Reader): Json {
  const [level, ...rest] = levels;
  if (level === undefined || value === null) return value;
  if (Array.isArray(value)) {
    return (value as readonly Json[]).map((entry) => expand({ value: entry, levels, path }, reader));
  }
  if (typeof value !== 'object') throw cannotExpand(path);
  const object = value as JsonObject;
  const present = object[level] === undefined ? includablePart(object, level, reader) : object[level];
  if (present === undefined && (isVariant(object) || isIncludable(object, level))) return object;
  if (present === undefined) throw cannotExpand(path);
  const opened = resolveIds({ value: present, levels, path }, reader);
  return { ...object, [level]: expand({ value: opened, levels: rest, path }, reader) };
}

/** A part whose `type` says which of its references it has. Those of its other types can be named as well. */
function isVariant(object: JsonObject): boolean {
  return object['object'] === undefined && typeof object['type'] === 'string';
}

function resolveIds({ value, path }: Step, reader: Reader): Json {
  if (Array.isArray(value))
    return value.map((entry: Json) => resolveIds({ value: entry, levels: [], path }, reader));
  if (typeof value !== 'string') return value;
  const found = findObject(reader.store, value);
  if (found === undefined) throw cannotExpand(path);
  return render(found, reader);
}

function cannotExpand(path: string): Error {
  return invalidRequest({
    message: `This property cannot be expanded (${path}). You may want to try expanding its parent or a child property.`,
    param: 'expand',
  });
}
