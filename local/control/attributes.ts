/** DynamoDB's typed attributes as the values that they hold. */
import { isJsonObject } from '../http/body.ts';
import type { JsonRecord } from './contract.ts';

/** For display: a number that JavaScript cannot hold exactly stays a text. */
export function plainItem(item: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: unknown): unknown {
  if (!isJsonObject(value)) return null;
  const [[type, held] = ['NULL', true]] = Object.entries(value);
  switch (type) {
    case 'N':
      return numberOf(String(held));
    case 'NS':
      return (held as readonly string[]).map(numberOf);
    case 'L':
      return (held as readonly unknown[]).map(plainValue);
    case 'M':
      return plainItem(held as JsonRecord);
    case 'NULL':
      return null;
    default:
      return held;
  }
}

function numberOf(text: string): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) || String(number) === text ? number : text;
}
