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
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
}
