/** Prints grants, and what became of them. */
import type { Claim } from '../../core/entitlement/row.ts';
import { type GrantOutcome, MAX_GRANTS, type RevokeOutcome } from '../../core/grants/grants.ts';
import type { GrantTerms } from '../../core/grants/terms.ts';

const MAX_DATE_SECONDS = 8_640_000_000_000;

/** Returns the last day, in UTC. */
function untilText(until: number | null): string {
  if (until === null) return 'until it is revoked';
  return until > MAX_DATE_SECONDS
    ? 'for ever'
    : `until the end of ${new Date((until - 1) * 1000).toISOString().slice(0, 10)} (UTC)`;
}

function contentText({ plan, features }: { plan: string | null; features: readonly string[] }): string {
  return `plan ${plan ?? 'none'}${features.length === 0 ? '' : `, features ${features.join(', ')}`}`;
}

export function termsLine({ plan, features, until, by, reason }: GrantTerms): string {
  return `Grant: ${contentText({ plan, features })}, ${untilText(until)}, by ${by}: ${reason}`;
}

export function grantLine({ plan, currentPeriodEnd, origin }: Claim): string {
  const content = contentText({ plan, features: origin?.features ?? [] });
  const { by, reason } = origin?.grant ?? { by: 'unknown', reason: 'unknown' };
  return `${origin?.id ?? 'without an id'}: ${content}, ${untilText(currentPeriodEnd)}, by ${by}: ${reason}`;
}

export interface Message {
  readonly text: string;
  readonly exitCode: 0 | 1 | 2 | 3;
}

export function messageOf(
  sub: string,
  outcome: GrantOutcome | RevokeOutcome | { readonly kind: 'failed' },
  { isInPool }: { readonly isInPool: boolean },
): Message {
  switch (outcome.kind) {
    case 'given':
      return { text: `given: ${outcome.id}`, exitCode: 0 };
    case 'already_given':
      return { text: `has it already: ${outcome.id}`, exitCode: 0 };
    case 'revoked':
      return { text: `revoked: ${outcome.ids.join(', ')}`, exitCode: 0 };
    case 'none':
      return { text: 'has no such grant that is still active', exitCode: 2 };
    case 'too_many':
      return { text: `refused: has ${MAX_GRANTS} grants already; revoke one of them first`, exitCode: 2 };
    case 'being_deleted':
      return { text: 'refused: the account is being deleted', exitCode: 2 };
    case 'failed':
      return { text: 'failed: repeat the command, which leaves out what is done', exitCode: 1 };
    default:
      return {
        text: isInPool
          ? `refused: the user has no profile yet. To create it: npm run account -- ${sub} --repair`
          : 'refused: no such user. Is the sub right? npm run account -- ADDRESS prints the sub of a user',
        exitCode: 3,
      };
  }
}
