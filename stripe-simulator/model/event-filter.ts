/**
 * Matches event types against the `enabled_events` of an endpoint: exact names, `*`, or a prefix such as `invoice.*`.
 */

export function wantsEvent(enabledEvents: readonly string[], type: string): boolean {
  return enabledEvents.some((pattern) => matchesType(pattern, type));
}

export function matchesType(pattern: string, type: string): boolean {
  if (pattern === '*' || pattern === type) return true;
  return pattern.endsWith('*') && type.startsWith(pattern.slice(0, -1));
}
