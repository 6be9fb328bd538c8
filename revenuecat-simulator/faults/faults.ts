/** Fault injection: off by default. */
import {
  type ApiFault,
  apiFaults,
  type DeliveryFault,
  deliveryFaults,
  matches,
  parseRules,
  type Rule,
} from './rules.ts';

interface ActiveRule<F extends string> {
  readonly rule: Rule<F>;
  hits: number;
}

export type FaultSettings = Readonly<{ api?: unknown; deliveries?: unknown }>;

export class Faults {
  #api: ActiveRule<ApiFault>[] = [];
  #deliveries: ActiveRule<DeliveryFault>[] = [];

  /** Replaces all rules. An empty object turns all faults off. */
  set(settings: FaultSettings): void {
    const api = parseRules(settings.api, apiFaults);
    const deliveries = parseRules(settings.deliveries, deliveryFaults);
    this.#api = api.map((rule) => ({ rule, hits: 0 }));
    this.#deliveries = deliveries.map((rule) => ({ rule, hits: 0 }));
  }

  /** Adds rules to the active ones. */
  add(settings: FaultSettings): void {
    for (const rule of parseRules(settings.api, apiFaults)) this.#api.push({ rule, hits: 0 });
    for (const rule of parseRules(settings.deliveries, deliveryFaults)) {
      this.#deliveries.push({ rule, hits: 0 });
    }
  }

  show(): { readonly api: readonly object[]; readonly deliveries: readonly object[] } {
    const withHits = ({ rule, hits }: ActiveRule<string>): object => ({ ...rule, hits });
    return { api: this.#api.map(withHits), deliveries: this.#deliveries.map(withHits) };
  }

  /** Returns the first rule that applies to the request, and counts it. */
  forRequest(method: string, path: string): Rule<ApiFault> | undefined {
    return firstHit(this.#api, `${method} ${path}`);
  }

  /** Returns the first rule with the fault that applies to the event type, and counts it. */
  forDelivery(fault: DeliveryFault, type: string): Rule<DeliveryFault> | undefined {
    return firstHit(
      this.#deliveries.filter(({ rule }) => rule.fault === fault),
      type,
    );
  }
}

function firstHit<F extends string>(rules: readonly ActiveRule<F>[], subject: string): Rule<F> | undefined {
  const active = rules.find(
    ({ rule, hits }) => (rule.count === null || hits < rule.count) && matches(rule.match, subject),
  );
  if (active !== undefined) active.hits += 1;
  return active?.rule;
}
