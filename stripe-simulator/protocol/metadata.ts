/**
 * Stripe's rules for metadata: up to 50 keys of 40 characters, and values of 500 characters. An empty value removes its
 * key.
 */
import type { Metadata } from '../model/common.ts';
import type { Params } from './params.ts';
import { invalidParameter } from './stripe-error.ts';

const MAX_KEYS = 50;
const MAX_KEY_LENGTH = 40;
const MAX_VALUE_LENGTH = 500;

/**
 * Returns the metadata after the request. Its keys are merged into the current ones; an empty string clears them all.
 */
export function mergeMetadata(current: Metadata, params: Params | undefined): Metadata {
  const requested = params?.raw('metadata');
  if (params === undefined || requested === undefined) return current;
  if (requested === '') return {};
  const param = params.nameOf('metadata');
  if (typeof requested === 'string') throw invalidParameter({ message: 'Invalid object', param });
  const merged: Record<string, string> = { ...current };
  for (const [key, value] of Object.entries(requested)) {
    if (typeof value !== 'string') {
      throw invalidParameter({
        message: `Metadata values must be strings: ${key}`,
        param: `${param}[${key}]`,
      });
    }
    if (value === '') delete merged[key];
    else merged[key] = checkedValue({ key, value, param });
  }
  if (Object.keys(merged).length > MAX_KEYS) {
    throw invalidParameter({ message: `Metadata can have up to ${MAX_KEYS} keys.`, param });
  }
  return merged;
}

function checkedValue({ key, value, param }: { key: string; value: string; param: string }): string {
  if (key.length > MAX_KEY_LENGTH || /[[\]]/.test(key)) {
    const message = `Metadata keys must be under ${MAX_KEY_LENGTH} characters and cannot have square brackets: '${key}'.`;
    throw invalidParameter({ message, param });
  }
  if (value.length > MAX_VALUE_LENGTH) {
    const message = `Metadata values can have up to ${MAX_VALUE_LENGTH} characters, but you passed in a value that is ${value.length} characters. Invalid value: ${value}`;
    throw invalidParameter({ message, param: `${param}[${key}]` });
  }
  return value;
}
