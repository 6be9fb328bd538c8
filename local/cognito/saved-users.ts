/** All users and groups of the pool as one object, to keep and to return to. */
import { isJsonObject, parseJsonObject } from '../http/body.ts';
import type { CognitoBackend } from './backend.ts';
import { userPoolId } from './pool.ts';

/** The emulator takes 100 kB at most in one request. A character can be six bytes of a JSON text. */
const PART_LENGTH = 16_000;

/** With their passwords and sessions. */
export async function saveUsers(backend: CognitoBackend): Promise<object> {
  const { Records } = await backend.call('LocalSaveAll', { UserPoolId: userPoolId });
  return { Records };
}

/** Replaces all users and groups. Throws an error, and changes nothing, if the value is no saved pool. */
export async function loadUsers(backend: CognitoBackend, saved: unknown): Promise<void> {
  const records = recordsIn(saved);
  await backend.call('LocalBeginLoad', {});
  for (let start = 0; start < records.length; start += PART_LENGTH) {
    await backend.call('LocalLoadPart', { Part: records.slice(start, start + PART_LENGTH) });
  }
  await backend.call('LocalEndLoad', { UserPoolId: userPoolId });
}

function recordsIn(saved: unknown): string {
  const text = isJsonObject(saved) ? saved['Records'] : undefined;
  const records = typeof text === 'string' ? parseJsonObject(text) : undefined;
  if (typeof text === 'string' && areRecords(records?.['users']) && areRecords(records?.['groups']))
    return text;
  throw new Error('This holds no users of a pool that this version knows.');
}

function areRecords(value: unknown): boolean {
  return Array.isArray(value) && value.every(isJsonObject);
}
