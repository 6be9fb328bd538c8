/** How far a run came, as it is kept between two runs: what cannot be read begins anew. */
import { isRecord } from '../system/record.ts';
import { partNames } from './parts.ts';
import type { Progress } from './reconcile.ts';
import { emptyReport, type Report } from './report.ts';

export function readProgress(text: string | null): Progress | undefined {
  const value = parsed(text ?? '');
  if (!isRecord(value)) return undefined;
  const part = partNames.find((name) => name === value['part']);
  const from = value['from'];
  if (part === undefined || (from !== null && typeof from !== 'string')) return undefined;
  const ended = typeof value['ended'] === 'number' ? value['ended'] : 0;
  return { part, from, report: reportIn(value['report']), ended };
}

function reportIn(value: unknown): Report {
  if (!isRecord(value)) return emptyReport;
  const count = (name: string): number => (typeof value[name] === 'number' ? value[name] : 0);
  const reasons = isRecord(value['byReason']) ? Object.entries(value['byReason']) : [];
  const examples: unknown = value['examples'];
  return {
    checked: count('checked'),
    differed: count('differed'),
    healed: count('healed'),
    failed: count('failed'),
    byReason: Object.fromEntries(
      reasons.filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    ),
    examples: Array.isArray(examples) ? examples.filter((one) => typeof one === 'string') : [],
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
