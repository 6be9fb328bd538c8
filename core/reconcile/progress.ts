/** The progress of a run, as it is saved between two calls. Unreadable progress counts as none: the run starts over. */
import { type Ending, readEnding } from '../gate/ending.ts';
import { integerAt, isRecord, parseJson, recordAt, type UnknownRecord, valueAt } from '../system/record.ts';
import { type CheckName, parseCheckName } from './checks/index.ts';
import { actionCounts, emptyReport, type Report } from './report.ts';

/** What the current check has done so far, without the earlier checks. */
export interface CheckCounts {
  readonly checked: number;
  readonly found: number;
  readonly failed: number;
}

export const noCounts: CheckCounts = { checked: 0, found: 0, failed: 0 };

export interface Progress {
  readonly check: CheckName;
  readonly cursor: string | null;
  /** All checks of the run so far. */
  readonly report: Report;
  readonly counts: CheckCounts;
  /** What the checks propose to end. It is ended after the last check, so that all of it is counted first. */
  readonly endings: readonly ProposedEnding[];
  /** Their number, of which only the first are kept. */
  readonly endingsFound: number;
  /** Whether all checks are done and only the endings are left. */
  readonly ending: boolean;
  /** Where the comparison of the endings with the records of other users goes on after the checks. Null once it is done. */
  readonly compare: { readonly table: ComparedTable; readonly cursor: string | null } | null;
}

export type ComparedTable = 'profiles' | 'rows';

/** The comparison starts with the first page of the profiles. */
export const compareFirst: Progress['compare'] = { table: 'profiles', cursor: null };

export interface ProposedEnding {
  readonly reason: string;
  readonly subjectId: string;
  readonly ending: Ending;
}

/** More than these are never ended in one run, and the item that stores a run's progress has a limited size. */
export const MAX_ENDINGS_KEPT = 1_000;

export interface Checkpoint {
  load(): Promise<Progress | undefined>;
  /** `undefined`: the run is complete, and the next one starts from the beginning. */
  save(progress: Progress | undefined): Promise<void>;
}

/** Also reads what version 0.1 saved. */
export function readProgress(text: string | null): Progress | undefined {
  const value = parseJson(text ?? '');
  if (!isRecord(value)) return undefined;
  const isFormer = valueAt(value, 'check') === undefined;
  const check = parseCheckName(valueAt(value, isFormer ? 'part' : 'check'));
  const cursor = valueAt(value, isFormer ? 'from' : 'cursor');
  if (check === undefined || (cursor !== null && typeof cursor !== 'string')) return undefined;
  return {
    check,
    cursor,
    report: readReport(recordAt(value, 'report')),
    counts: readCounts(recordAt(value, 'counts')),
    endings: readEndings(valueAt(value, 'endings')),
    endingsFound: integerAt(value, 'endingsFound') ?? 0,
    ending: valueAt(value, 'ending') === true,
    compare: readCompare(valueAt(value, 'compare')),
  };
}

function readEndings(value: unknown): readonly ProposedEnding[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).flatMap(({ reason, subjectId, ending }) => {
    const read = readEnding(ending);
    const named = typeof reason === 'string' && typeof subjectId === 'string';
    return read === undefined || !named ? [] : [{ reason, subjectId, ending: read }];
  });
}

/** Progress that does not say how far the comparison went starts it again. */
function readCompare(value: unknown): Progress['compare'] {
  if (value === null) return null;
  const table = isRecord(value) ? valueAt(value, 'table') : undefined;
  const cursor = isRecord(value) ? valueAt(value, 'cursor') : undefined;
  const isRead =
    (table === 'profiles' || table === 'rows') && (cursor === null || typeof cursor === 'string');
  return isRead ? { table, cursor } : compareFirst;
}

function readCounts(value: UnknownRecord | null): CheckCounts {
  const count = (name: string) => integerAt(value, name) ?? 0;
  return { checked: count('checked'), found: count('found'), failed: count('failed') };
}

function readReport(value: UnknownRecord | null): Report {
  if (value === null) return emptyReport;
  const outcomes = recordAt(value, 'outcomes');
  if (outcomes !== null) {
    return {
      checked: integerAt(value, 'checked') ?? 0,
      found: integerAt(value, 'found') ?? 0,
      outcomes: actionCounts((action) => integerAt(outcomes, action) ?? 0),
      planned: numbersIn(recordAt(value, 'planned')),
      reasons: numbersIn(recordAt(value, 'reasons')),
      examples: textsIn(valueAt(value, 'examples')),
    };
  }
  return readFormerReport(value);
}

/** Version 0.1 did not save what was done about a finding, except that it failed. */
function readFormerReport(value: UnknownRecord): Report {
  const failed = integerAt(value, 'failed') ?? 0;
  const reasons: Record<string, number> = {};
  for (const [reason, count] of Object.entries(numbersIn(recordAt(value, 'byReason')))) {
    const name = formerReasons[reason] ?? reason;
    reasons[name] = (reasons[name] ?? 0) + count;
  }
  return {
    checked: integerAt(value, 'checked') ?? 0,
    found: integerAt(value, 'differed') ?? 0,
    outcomes: actionCounts((action) => (action === 'failed' ? failed : 0)),
    planned: {},
    reasons,
    examples: textsIn(valueAt(value, 'examples')).map(currentExample),
  };
}

/** The reasons of version 0.1 that have another name now. */
const formerReasons: Readonly<Record<string, string>> = {
  money_went_back: 'reversal_missing', // lint-words: allow (a name of version 0.1)
  paid_time_over: 'period_expired',
  customer_lookalike: 'customer_email_match', // lint-words: allow (a name of version 0.1)
  customer_lookalike_uncertain: 'customer_email_match_uncertain', // lint-words: allow (a name of version 0.1)
  customer_without_user: 'customer_without_profile',
  customer_gone: 'customer_deleted_in_stripe',
  trial_unremembered: 'trial_not_recorded',
  event_unseen: 'event_not_applied',
  subscription_unseen: 'subscription_not_synced',
  customer_unseen: 'customer_not_synced',
  row_unsynced: 'foreign_row',
};

/** An example of version 0.1, without its outcome unless that was `failed`. */
function currentExample(example: string): string {
  const [reason = '', ...rest] = example.split(' ');
  const shown = rest.filter((word) => !word.startsWith('(') || word === '(failed)');
  return [formerReasons[reason] ?? reason, ...shown].join(' ');
}

function numbersIn(value: UnknownRecord | null): Readonly<Record<string, number>> {
  const entries = Object.entries(value ?? {});
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
  );
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
