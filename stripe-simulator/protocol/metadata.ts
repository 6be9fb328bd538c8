/** Stripe's rules for metadata: 50 keys of 40 characters, values of 500, an empty value unsets. */
import type { Metadata } from '../model/common.ts';
import type { Params } from './params.ts';
import { invalidRequest } from './stripe-error.ts';

const maxKeys = 50;
const maxKeyLength = 40;
const maxValueLength = 500;

export function mergeMetadata(current: Metadata, params: Params | undefined): Metadata {
  const given = params?.raw('metadata');
  if (params === undefined || given === undefined) return current;
  if (given === '') return {};
  const param = params.nameOf('metadata');
  if (typeof given === 'string') throw invalidRequest({ message: 'Invalid object', param });
  const merged: Record<string, string> = { ...current };
  for (const [key, value] of Object.entries(given)) {
    if (typeof value !== 'string') {
      throw invalidRequest({ message: `Metadata values must be strings: ${key}`, param: `${param}[${key}]` });
    }
    if (value === '') delete merged[key];
    else merged[key] = checked({ key, value, param });
  }
  if (Object.keys(merged).length > maxKeys) {
    throw invalidRequest({ message: `Metadata can have up to ${maxKeys} keys.`, param });
  }
  return merged;
}

function checked({ key, value, param }: { key: string; value: string; param: string }): string {
  if (key.length > maxKeyLength || /[[\]]/.test(key)) {
    const message = `Metadata keys must be under ${maxKeyLength} characters and cannot have square brackets: '${key}'.`;
    throw invalidRequest({ message, param });
  }
  if (value.length > maxValueLength) {
    const message = `Metadata values can have up to ${maxValueLength} characters, but you passed in a value that is ${value.length} characters. Invalid value: ${value}`;
    throw invalidRequest({ message, param: `${param}[${key}]` });
  }
  return value;
}
