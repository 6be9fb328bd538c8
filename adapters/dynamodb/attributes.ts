/** Reads the attributes that only stored items have: times in any form that other writers use, and lists that may be sets. */
import { textAt, textIn, type UnknownRecord, valueAt } from '../../core/system/record.ts';
import { isoDateMs } from '../system/http-date.ts';

/** A date, or a date and time: the formats that JavaScript, Python and the AWS CLI write. */
const ISO_TEXT = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** Returns the text unchanged, or null if it is not a moment in ISO 8601. */
export function isoTextAt(item: UnknownRecord, name: string): string | null {
  const text = textAt(item, name);
  return text !== null && ISO_TEXT.test(text) && isoDateMs(text) !== null ? text : null;
}

/**
 * Returns whole Unix seconds, or null if the attribute is absent or no time. Other writers have stored times as text, in
 * milliseconds or microseconds, and as ISO 8601. A date without a time includes that day.
 */
export function secondsAt(item: UnknownRecord, name: string): number | null {
  const value = valueAt(item, name);
  const text = textIn(value);
  return text === null ? secondsOfNumber(value) : (secondsOfDate(text) ?? secondsOfNumber(Number(text)));
}

/** Whether the attribute has a value that is no time at which anything of an app can end. */
export function isUnreadable(item: UnknownRecord, name: string): boolean {
  const value = valueAt(item, name);
  if (value === undefined || value === null || isBlank(value)) return false;
  return (secondsAt(item, name) ?? 0) < MIN_END_SECONDS;
}

/** Whether the value is a text without anything in it. */
export function isBlank(value: unknown): boolean {
  return typeof value === 'string' && textIn(value) === null;
}

/** The year 2000. An end before it is a zero, or a number of something else than seconds. */
const MIN_END_SECONDS = 946_684_800;

/** The end of the year 9999, which some use for "never". A greater number of seconds is meant as milliseconds, and so on. */
const MAX_SECONDS = 253_402_300_799;

/** The same as a date without separators. */
const MAX_DAY = 9999_12_31;

function secondsOfNumber(value: unknown): number | null {
  if (typeof value !== 'number' || !(value >= 0)) return null;
  const day = value > MAX_DAY ? null : secondsOfDate(String(value));
  if (day !== null) return day;
  const seconds = [value, value / 1e3, value / 1e6].find((one) => one <= MAX_SECONDS);
  return seconds === undefined ? null : Math.floor(seconds);
}

const DATE = /^(?<year>\d{4})(?<dash>-?)(?<month>\d\d)\k<dash>(?<day>\d\d)$/;
const DATE_TIME =
  /^(?<date>\d{4}-\d\d-\d\d)[T ](?<time>\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(?<zone>Z|UTC|[+-]\d\d(?::?\d\d)?)?$/i;
const DAY_SECONDS = 86_400;

/** Without a zone, the time is UTC. */
function secondsOfDate(text: string): number | null {
  const parts = DATE_TIME.exec(text)?.groups;
  const date = DATE.exec(text)?.groups;
  const iso =
    parts === undefined
      ? `${date?.['year']}-${date?.['month']}-${date?.['day']}`
      : `${parts['date']}T${parts['time']}${zoneOf(parts['zone'])}`;
  const ms = isoDateMs(iso);
  if (ms === null || ms < 0) return null;
  return Math.min(MAX_SECONDS, Math.floor(ms / 1000) + (parts === undefined ? DAY_SECONDS : 0));
}

/** JavaScript reads neither `UTC` nor a zone without minutes. */
function zoneOf(zone: string | undefined): string {
  if (zone === undefined || /^(?:Z|UTC)$/i.test(zone)) return 'Z';
  return zone.length === 3 ? `${zone}:00` : zone;
}

/** Returns the texts of a list or a set, or null if the attribute is neither. */
export function textsAt(item: UnknownRecord, name: string): readonly string[] | null {
  const value = valueAt(item, name);
  if (!Array.isArray(value) && !(value instanceof Set)) return null;
  return [...value].map(textIn).filter((text) => text !== null);
}
