/** Parses an HTTP `Date` header to Unix milliseconds. Returns `null` if it is absent or invalid. */
export function httpDateMs(header: string | undefined): number | null {
  const ms = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(ms) ? null : ms;
}

/** Returns a time in Unix seconds as ISO 8601 in UTC. */
export function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** Parses an ISO 8601 text to Unix milliseconds. Returns `null` if it is invalid. */
export function isoDateMs(text: string): number | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}

/** Returns a time in Unix milliseconds as compact ISO 8601 in UTC, such as `20150830T123600Z`. */
export function compactIsoOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
