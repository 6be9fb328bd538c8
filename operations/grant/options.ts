/** The options of `npm run grant`. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { isSub } from '../../core/account/sub.ts';
import { endAfterDays, endOfDay, type GrantTerms, wrongIn } from '../../core/grants/terms.ts';
import { UsageError } from '../cli/command.ts';

export const HELP = `npm run grant -- SUB --plan PLAN (--until DATE | --days N | --forever) --reason TEXT [options]
npm run grant -- SUB --revoke [--id GRANT] [options]
npm run grant -- [SUB] --list [options]

Gives a user access without payment, until the end of a day in UTC, or until it is revoked. It adds to what the user pays for
and to earlier grants, and keeps no one from buying. See "Grants" in docs/plans.md.

  --plan PLAN        what the user gets: a price id, or any other name that the app understands
  --features a,b     features in addition, by lookup key
  --until 2027-01-31 the last day, in UTC
  --days 30          ends with the UTC day that is so many days after today
  --forever          ends when it is revoked
  --reason TEXT      one line, which the row and its history keep: no personal data
  --by NAME          who gives or revokes it; the user of this computer by default
  --revoke           ends all grants of the user, and nothing that anyone else gave or sold
  --id GRANT         revokes only this grant (grant_…); can be repeated
  --list             shows the grants of the user, or of all users
  --file FILE        the users: one sub in a line, and # before a comment
  --yes              changes several users, or revokes without a question
  --env-file FILE    reads the environment from this file

Exit code: 0 done, 1 something failed, 2 something was not changed, 3 no such user.`;

const NO_REASON = 'no reason given';

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'give'; readonly terms: GrantTerms }
  | {
      readonly kind: 'revoke';
      /** Null: all of them. */
      readonly ids: readonly string[] | null;
      readonly by: string;
      readonly reason: string;
    }
  | { readonly kind: 'list' };

export interface Options {
  readonly command: Command;
  readonly subs: readonly string[];
  readonly isAgreed: boolean;
  readonly envFile: string | undefined;
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      plan: { type: 'string' },
      features: { type: 'string' },
      until: { type: 'string' },
      days: { type: 'string' },
      forever: { type: 'boolean', default: false },
      reason: { type: 'string' },
      by: { type: 'string' },
      revoke: { type: 'boolean', default: false },
      id: { type: 'string', multiple: true },
      list: { type: 'boolean', default: false },
      file: { type: 'string' },
      yes: { type: 'boolean', default: false },
      'env-file': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
}

type Values = ReturnType<typeof parse>['values'];

export async function readOptions(args: readonly string[], nowSeconds: number): Promise<Options> {
  const { values, positionals } = parse(args);
  const envFile = values['env-file'];
  const shared = { isAgreed: values.yes, envFile };
  if (values.help) return { ...shared, command: { kind: 'help' }, subs: [] };
  const listed = values.file === undefined ? [] : await subsInFile(values.file);
  const subs = [...new Set([...positionals, ...listed].map(assertSub))];
  const command = commandOf(values, nowSeconds);
  if (subs.length === 0 && command.kind !== 'list') throw new UsageError(HELP);
  return { ...shared, command, subs };
}

async function subsInFile(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`Cannot read ${file}.`, { cause });
  });
  const lines = text.split('\n').map((line) => line.replace(/#.*$/, '').trim());
  return lines.filter((line) => line !== '');
}

function assertSub(text: string): string {
  if (isSub(text) && !text.includes('@')) return text;
  throw new UsageError(`${text} is no sub. npm run account -- ADDRESS prints the sub of a user.`);
}

function commandOf(values: Values, nowSeconds: number): Command {
  const { plan, reason, revoke, list, id } = values;
  if ([plan !== undefined, revoke, list].filter(Boolean).length !== 1) {
    throw new UsageError('Use exactly one of --plan, --revoke and --list.');
  }
  if (id !== undefined && !revoke) throw new UsageError('--id names a grant to --revoke.');
  if (list) return { kind: 'list' };
  const by = values.by ?? userOfComputer();
  if (plan === undefined) {
    assertNoTerms(values);
    const revocation = { by, reason: reason ?? NO_REASON };
    assertRight({ plan: 'any', features: [], until: null, ...revocation }, nowSeconds);
    return { kind: 'revoke', ids: id ?? null, ...revocation };
  }
  if (reason === undefined) throw new UsageError('--reason is missing: the row keeps why a grant was given.');
  const features = values.features === undefined ? [] : values.features.split(',').map((key) => key.trim());
  const sorted = [...new Set(features)].sort((a, b) => (a < b ? -1 : 1));
  const terms = { plan, features: sorted, until: endIn(values, nowSeconds), by, reason };
  assertRight(terms, nowSeconds);
  return { kind: 'give', terms };
}

function assertNoTerms({ features, until, days, forever }: Values): void {
  if (features === undefined && until === undefined && days === undefined && !forever) return;
  throw new UsageError('--revoke ends whole grants. Give a new one with other terms before it.');
}

function assertRight(terms: GrantTerms, nowSeconds: number): void {
  const wrong = wrongIn(terms, nowSeconds);
  if (wrong !== undefined) throw new UsageError(wrong);
}

function endIn({ until, days, forever }: Values, nowSeconds: number): number | null {
  if ([until !== undefined, days !== undefined, forever].filter(Boolean).length !== 1) {
    throw new UsageError('Use exactly one of --until, --days and --forever.');
  }
  if (until !== undefined) return endOfDay(dayIn(until));
  return days === undefined ? null : endAfterDays(daysIn(days), nowSeconds);
}

/** A day that the calendar does not have is refused: `Date` would read it as another one. */
function dayIn(text: string): number {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return ms / 1000;
  throw new UsageError(`--until must be a day such as 2027-01-31, not ${text}`);
}

function daysIn(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new UsageError(`--days must be a number of at least 1, not ${text}`);
}

/** In a container, the user may have no name. */
function userOfComputer(): string {
  try {
    const { username } = userInfo();
    const profile = process.env['AWS_PROFILE'];
    return profile === undefined || profile === '' ? username : `${username} (AWS profile ${profile})`;
  } catch (cause) {
    throw new UsageError('This computer does not say who you are: use --by NAME.', { cause });
  }
}
