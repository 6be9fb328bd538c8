/** Whether an endpoint asked for a type of event: exact names, `*`, or a prefix such as `invoice.*`. */

export function wantsEvent(wanted: readonly string[], type: string): boolean {
  return wanted.some((pattern) => matchesType(pattern, type));
}

export function matchesType(pattern: string, type: string): boolean {
  if (pattern === '*' || pattern === type) return true;
  return pattern.endsWith('*') && type.startsWith(pattern.slice(0, -1));
}
