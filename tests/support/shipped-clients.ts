/**
 * Decodes answers as the shipped clients do, which cannot be updated at once: with every key required. As in Swift's
 * `Codable`, a missing key or a value of another type throws, and further keys are ignored.
 */
type Decode<T> = (value: unknown, path: string) => T;

function typed<T>(type: string, is: (value: unknown) => value is T): Decode<T> {
  return (value, path) => {
    if (is(value)) return value;
    throw new Error(`${path} is ${JSON.stringify(value)}, not ${type}.`);
  };
}

const text = typed('a text', (value) => typeof value === 'string');
const integer = typed('an integer', (value): value is number => Number.isSafeInteger(value));
const flag = typed('a boolean', (value) => typeof value === 'boolean');

function nullable<T>(decode: Decode<T>): Decode<T | null> {
  return (value, path) => (value === null ? null : decode(value, path));
}

function object<T extends object>(decoders: { readonly [K in keyof T]: Decode<T[K]> }): Decode<T> {
  return (value, path) => {
    const fields = typed('an object', isObject)(value, path);
    const decoded = Object.entries<Decode<unknown>>(decoders).map(([key, decode]) => {
      if (!Object.hasOwn(fields, key)) throw new Error(`${path}.${key} is missing.`);
      return [key, decode(fields[key], `${path}.${key}`)] as const;
    });
    return Object.fromEntries(decoded) as T;
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The body of `GET /me/entitlements`, 200. */
const entitlements = object({
  status: text,
  plan: nullable(text),
  current_period_end: nullable(integer),
  trial_expires_at: nullable(integer),
  trial_started_at: nullable(text),
  trial_days_remaining: integer,
  trial_active: flag,
  access_granted: flag,
  access_reason: text,
});

const deletedFrom = object({
  cognito: flag,
  dynamodb_userprofiles: flag,
  dynamodb_entitlements: flag,
  stripe: flag,
});

/** The bodies of `DELETE /me/account`: of a 200, and of a 500 or 503. */
const deletion = object({ success: flag, message: text, deleted: deletedFrom });
const failedDeletion = object({ success: flag, error: text, details: deletedFrom });

/** The body of every 401 of a function. */
const unauthorized = object({ error: text });

export const asEntitlements = (body: unknown) => entitlements(body, 'body');
export const asDeletion = (body: unknown) => deletion(body, 'body');
export const asFailedDeletion = (body: unknown) => failedDeletion(body, 'body');
export const asUnauthorized = (body: unknown) => unauthorized(body, 'body');
