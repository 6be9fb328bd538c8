/** The JSON types of rendered objects, and safe access to their values. */
import type { Store } from '../store/store.ts';

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export interface Reader {
  readonly version: string;
  readonly store: Store;
}

export function child(value: Json | undefined): JsonObject | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as JsonObject;
}

export function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
