/** Finds settings that Cognito returned and the SDK dropped because it is older than they are. */

/**
 * Returns the paths of values that are in the raw response but not in the parsed one, such as
 * `LambdaConfig.NewTrigger`. An update without them would reset them. The SDK parses dates as objects, so a path ends
 * where the raw response has no object.
 */
export function unknownSettings(raw: unknown, parsed: unknown, path = ''): readonly string[] {
  if (!isObject(raw)) return [];
  return Object.entries(raw).flatMap(([key, value]) => {
    if (value === null) return [];
    const here = path === '' ? key : `${path}.${key}`;
    const counterpart = isObject(parsed) ? parsed[key] : undefined;
    return counterpart === undefined ? [here] : unknownSettings(value, counterpart, here);
  });
}

/** Returns true for lists as well, whose keys are their indexes. */
function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
