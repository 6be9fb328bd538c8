/** A check: it scans one listing page by page for drift, and it repairs what it found. */
import type { PlanOrder } from '../entitlement/plan-order.ts';
import type { PlanPolicy } from '../entitlement/policy.ts';
import type { Listings } from './listings.ts';
import type { Plan, RepairServices } from './repair.ts';

/** `Used` names the listings that the check reads. */
export interface ScanRequest<Used extends keyof Listings = keyof Listings> {
  readonly listings: Pick<Listings, Used>;
  /** Null for the first page. */
  readonly cursor: string | null;
  readonly nowSeconds: number;
  /** Absent: none is configured. */
  readonly planOrder?: PlanOrder;
  /** What a refund means for access. Absent: as by default. */
  readonly policy?: PlanPolicy;
}

export interface ScanResult<Found> {
  /** Number of items on the page. */
  readonly checked: number;
  readonly drifts: readonly Found[];
  /** The cursor of the next page, or null after the last one. */
  readonly next: string | null;
}

/** What a scan reports about one drift. A check adds the data that its repair needs. */
export interface DriftFacts {
  readonly reason: string;
  /** The id that the report names: the user's `sub`, or the id of a customer or an event. */
  readonly subjectId: string;
  /** The user concerned, if the scan knows it. */
  readonly sub: string | null;
}

export interface ReasonText {
  /** What the reason means, as a sentence for the operator. */
  readonly meaning: string;
  /** What a run does about it, with the outcome in backticks. */
  readonly repair: string;
}

export interface CheckDefinition<Name extends string, Found extends DriftFacts> {
  readonly name: Name;
  /** Null if every run includes the check. Otherwise, which runs do. */
  readonly optIn: string | null;
  /** The listing that the check reads, for the docs. */
  readonly reads: string;
  readonly reasons: Readonly<Record<Found['reason'], ReasonText>>;
  readonly scan: (request: ScanRequest) => Promise<ScanResult<Found>>;
  /** Decides what to do about a drift, or finds that it is none after all. Reads only. Null: only a person can decide. */
  readonly plan: ((services: RepairServices, drift: Found) => Promise<Plan>) | null;
}

/** A drift together with the plan of the check that found it. */
export interface Drift extends DriftFacts {
  plan(services: RepairServices): Promise<Plan>;
}

export interface Check<Name extends string = string> {
  readonly name: Name;
  readonly optIn: string | null;
  readonly reads: string;
  readonly reasons: Readonly<Record<string, ReasonText>>;
  scan(request: ScanRequest): Promise<ScanResult<Drift>>;
}

/** Binds each drift that the scan finds to the check's own plan. */
export function defineCheck<const Name extends string, Found extends DriftFacts>(
  definition: CheckDefinition<Name, Found>,
): Check<Name> {
  const { name, optIn, reads, reasons, scan, plan } = definition;
  const bind = (found: Found): Drift => ({
    reason: found.reason,
    subjectId: found.subjectId,
    sub: found.sub,
    plan: async (services) => (plan === null ? { kind: 'review' } : plan(services, found)),
  });
  return {
    name,
    optIn,
    reads,
    reasons,
    scan: async (request) => {
      const { checked, drifts, next } = await scan(request);
      return { checked, drifts: drifts.map(bind), next };
    },
  };
}
