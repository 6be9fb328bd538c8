/** Settings that Cognito has told and the SDK has dropped, since it is older than they are. */

/**
 * Paths of what stands in the answer and not in what was read from it, such as `LambdaConfig.NewTrigger`. To send
 * the rest back would reset these. Dates are read as objects, so a path ends where the answer has no object.
 */
export function unknownSettings(answered: unknown, read: unknown, path = ''): readonly string[] {
  if (!isObject(answered)) return [];
  return Object.entries(answered).flatMap(([key, value]) => {
    if (value === null) return [];
    const here = path === '' ? key : `${path}.${key}`;
    const counterpart = isObject(read) ? read[key] : undefined;
    return counterpart === undefined ? [here] : unknownSettings(value, counterpart, here);
  });
}

/** Lists too, by their indexes. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
