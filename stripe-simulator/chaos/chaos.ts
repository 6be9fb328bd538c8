/** Fault injection: off by default, and repeatable with the same seed. */
import { createHash } from 'node:crypto';
import type { ErrorDetails } from '../protocol/stripe-error.ts';
import {
  type ApiFault,
  apiFaults,
  type DeliveryFault,
  deliveryFaults,
  parseRules,
  type Rule,
} from './rules.ts';

interface ActiveRule<F extends string> {
  readonly rule: Rule<F>;
  hits: number;
}

export interface TriggeredFault {
  readonly fault: ApiFault;
  readonly ms: number;
  readonly error?: ErrorDetails | undefined;
}

const DEFAULT_SEED = 'chaos';

export class Chaos {
  #seed = DEFAULT_SEED;
  #draws = 0;
  #api: ActiveRule<ApiFault>[] = [];
  #deliveries: ActiveRule<DeliveryFault>[] = [];

  /** Replaces all rules. An empty object turns all faults off. */
  set(config: Readonly<Record<string, unknown>>): void {
    const api = parseRules(config['api'], { name: 'api', faults: apiFaults });
    const deliveries = parseRules(config['deliveries'], { name: 'deliveries', faults: deliveryFaults });
    this.#seed = typeof config['seed'] === 'string' ? config['seed'] : DEFAULT_SEED;
    this.#draws = 0;
    this.#api = api.map((rule) => ({ rule, hits: 0 }));
    this.#deliveries = deliveries.map((rule) => ({ rule, hits: 0 }));
  }

  /** Adds a rule to the active ones. */
  add(area: 'api' | 'deliveries', rule: Readonly<Record<string, unknown>>): void {
    if (area === 'api') {
      const [parsed] = parseRules([rule], { name: area, faults: apiFaults });
      if (parsed !== undefined) this.#api.push({ rule: parsed, hits: 0 });
    } else {
      const [parsed] = parseRules([rule], { name: area, faults: deliveryFaults });
      if (parsed !== undefined) this.#deliveries.push({ rule: parsed, hits: 0 });
    }
  }

  list(): readonly (Rule & { readonly area: string; readonly hits: number })[] {
    return [
      ...this.#api.map(({ rule, hits }) => ({ ...rule, hits, area: 'API' })),
      ...this.#deliveries.map(({ rule, hits }) => ({ ...rule, hits, area: 'Deliveries' })),
    ];
  }

  show(): object {
    const withHits = ({ rule, hits }: ActiveRule<string>) => ({ ...rule, hits });
    const on = this.#api.length + this.#deliveries.length > 0;
    return { on, seed: this.#seed, api: this.#api.map(withHits), deliveries: this.#deliveries.map(withHits) };
  }

  /** Returns the fault of the first rule that triggers for the request, if any. */
  forRequest(method: string, path: string): TriggeredFault | undefined {
    for (const active of this.#api) {
      if (this.#triggers(active, `${method} ${path}`))
        return { fault: active.rule.fault, ms: active.rule.ms, error: active.rule.error };
    }
    return undefined;
  }

  /** Returns the fault's delay when it triggers for an event of the type. Several faults can apply to one event. */
  forDelivery(fault: DeliveryFault, type: string): { readonly ms: number } | undefined {
    for (const active of this.#deliveries) {
      if (active.rule.fault === fault && this.#triggers(active, type)) return { ms: active.rule.ms };
    }
    return undefined;
  }

  #triggers(active: ActiveRule<string>, subject: string): boolean {
    const { match, count, probability } = active.rule;
    if (count !== null && active.hits >= count) return false;
    if (!matchesPattern(match, subject)) return false;
    if (probability < 1 && this.#draw() >= probability) return false;
    active.hits += 1;
    return true;
  }

  #draw(): number {
    const digest = createHash('sha256')
      .update(`${this.#seed}:${this.#draws++}`)
      .digest();
    return digest.readUInt32BE(0) / 2 ** 32;
  }
}

/** Whether the pattern matches the whole subject; `*` matches any characters. */
function matchesPattern(pattern: string, subject: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === subject;
  if (!subject.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let from = first.length;
  for (const part of rest) {
    const at = subject.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return subject.length - last.length >= from && subject.endsWith(last);
}
