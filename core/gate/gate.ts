/**
 * The gate for everything that is ended because its user no longer exists. It gathers the evidence again at the moment of
 * the action, decides, records the ending against the deletion limit, and only then acts.
 */
import { nowSeconds } from '../system/clock.ts';
import type { Log } from '../system/log.ts';
import { carryOut, type EndingAction, type EndingResult, type EndingServices } from './carry-out.ts';
import { decide, type Refusal } from './decide.ts';
import type { Ending } from './ending.ts';
import { collectFacts, type EvidenceServices, type Facts } from './evidence.ts';
import { DELETION_LIMIT, DELETION_WINDOW_SECONDS, type EndingLedger } from './limit.ts';

export interface GateServices extends EvidenceServices, EndingServices {
  readonly entitlements: EvidenceServices['entitlements'] & EndingServices['entitlements'];
  readonly index: EndingServices['index'];
  readonly billing: EvidenceServices['billing'] & EndingServices['billing'];
  readonly removals: EndingServices['removals'];
  readonly ledger: EndingLedger;
  readonly clock: EndingServices['clock'];
}

export type Examination =
  /** `requested`: the user's own request is on record, so the deletion limit does not apply. */
  | { readonly kind: 'permit'; readonly action: EndingAction; readonly requested: boolean }
  | Exclude<EndingResult, { readonly kind: 'ended' | 'needs_review' }>;

export interface Gate {
  /** Reads the evidence and decides, without the deletion limit. Changes nothing. */
  examine(ending: Ending): Promise<Examination>;
  /** `approved`: a person was shown this ending and decided, so the deletion limit does not apply. */
  end(ending: Ending, options?: { readonly approved?: boolean }): Promise<EndingResult>;
}

export function createGate(services: GateServices): Gate {
  return {
    examine: async (ending) => examinationOf(ending, await collectFacts(services, ending)),
    end: async (ending, { approved = false } = {}) => {
      const facts = await collectFacts(services, ending);
      const examination = examinationOf(ending, facts);
      const { evidence } = facts;
      if (examination.kind !== 'permit' || evidence === undefined) {
        if (examination.kind === 'refused') report(services.log, ending, examination.reason);
        return examination.kind === 'permit' ? { kind: 'unchanged' } : examination;
      }
      if (!approved && !examination.requested && !(await hasRoom(services, ending.sub))) {
        services.log.error('More would be ended than the deletion limit allows, so nothing is ended.', {
          metric: 'deletion_limit_reached',
          count: DELETION_LIMIT + 1,
          limit: DELETION_LIMIT,
          user_id: ending.sub,
        });
        return { kind: 'refused', reason: 'deletion_limit_reached' };
      }
      return carryOut(services, ending, { ...facts, evidence });
    },
  };
}

async function hasRoom({ ledger, clock }: GateServices, sub: string): Promise<boolean> {
  const limit = {
    nowSeconds: nowSeconds(clock),
    windowSeconds: DELETION_WINDOW_SECONDS,
    atMost: DELETION_LIMIT,
  };
  return (await ledger.reserve(sub, limit)) === 'reserved';
}

function examinationOf(ending: Ending, { evidence }: Facts): Examination {
  if (evidence === undefined) return { kind: 'unchanged' };
  const verdict = decide(evidence);
  if (verdict.kind === 'refuse') return { kind: 'refused', reason: verdict.reason };
  return { kind: 'permit', action: mainActions[ending.kind], requested: evidence.basis.kind === 'requested' };
}

const mainActions = {
  customer: 'customer_deleted',
  row: 'row_removed',
  account: 'account_deleted',
  store_customer: 'store_customer_deleted',
  checkout: 'refunded',
  purchase: 'refunded',
} as const;

function report(log: Log, ending: Ending, reason: Refusal): void {
  const { kind, sub } = ending;
  const fields = {
    metric: 'ending_refused',
    ending: kind,
    refusal: reason,
    user_id: sub,
    ...('customerId' in ending ? { customer_id: ending.customerId } : {}),
  };
  log.warn('Nothing was ended: the proof is not complete.', fields);
}
