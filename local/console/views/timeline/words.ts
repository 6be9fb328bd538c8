/** How the timeline calls what it shows. */
import type { Lane, Span } from '../../../control/contract.ts';
import { durationOf } from '../../ui/format.ts';

export const laneNames: Readonly<Record<Lane, string>> = {
  app: 'App',
  cognito: 'Cognito',
  lambda: 'Lambda',
  dynamodb: 'DynamoDB',
  stripe: 'Stripe',
  revenuecat: 'RevenueCat',
  webhook: 'Webhooks',
  console: 'Console',
};

export function outcomeText({ outcome, status }: Pick<Span, 'outcome' | 'status'>): string {
  return status === null ? outcome : `${outcome} (${status})`;
}

export function lengthText({ durationMs }: Pick<Span, 'durationMs'>): string {
  return durationMs === null ? 'still running' : durationOf(durationMs);
}

/** One sentence, also for a screen reader. */
export function spanText(span: Span): string {
  const note = span.note === null ? '' : `. ${span.note}`;
  return `${laneNames[span.lane]}: ${span.title}, ${outcomeText(span)}, ${lengthText(span)}${note}`;
}
