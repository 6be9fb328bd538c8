/** The challenge of a user that an administrator created: to replace the temporary password. */
import type { JsonObject, UserRecord } from './backend.ts';
import { notAuthorized } from './error.ts';
import { guardedAttributes } from './input.ts';

const PREFIX = 'userAttributes.';

export function newPasswordParameters(user: UserRecord): JsonObject {
  const shown = Object.entries(user.attributes).filter(([name]) => name !== 'sub');
  return {
    USER_ID_FOR_SRP: user.username,
    // The pool requires the address alone, which every user has.
    requiredAttributes: '[]',
    userAttributes: JSON.stringify(Object.fromEntries(shown)),
  };
}

/** Returns the attributes that the answer adds to the user. Those that the user has cannot be changed on this way. */
export function attributesInResponses(responses: JsonObject, user: UserRecord): Record<string, string> {
  const added: Record<string, string> = {};
  for (const [key, value] of Object.entries(responses)) {
    if (!key.startsWith(PREFIX)) continue;
    const name = key.slice(PREFIX.length);
    if (guardedAttributes.has(name))
      throw notAuthorized('A client attempted to write unauthorized attribute');
    if (name in user.attributes) throw notAuthorized(`Cannot modify an already provided ${name}`);
    added[name] = String(value);
  }
  return added;
}
