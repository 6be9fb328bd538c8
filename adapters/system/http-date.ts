/** The time in an HTTP `Date` header, in unix milliseconds; `null` if there is none to read. */
export function httpDateMs(header: string | undefined): number | null {
  const ms = header === undefined ? Number.NaN : Date.parse(header);
  return Number.isNaN(ms) ? null : ms;
}

/** Unix milliseconds of an ISO 8601 text. */
export function isoDateMs(text: string): number | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}
