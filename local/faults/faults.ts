/** The faults that the console has asked for, and how often each was met. */
import { type Fault, faultKinds, faultySystems, type NewFault } from '../control/contract.ts';

export class UnknownFaultError extends Error {
  override readonly name = 'UnknownFaultError';
}

const DEFAULT_MS = 3_000;
const MAX_MS = 10 * 60_000;
const MAX_COUNT = 10_000;
const MAX_MATCH = 200;

/** Reads a fault from outside. Throws an `UnknownFaultError` that names what is wrong. */
export function readFault(input: Readonly<Record<string, unknown>>): Omit<Fault, 'hits'> {
  const system = faultySystems.find((known) => known === input['system']);
  if (system === undefined) {
    throw new UnknownFaultError(`"system" must be one of ${faultySystems.join(', ')}.`);
  }
  const kinds: readonly NewFault['fault'][] = faultKinds[system];
  const fault = kinds.find((known) => known === input['fault']);
  if (fault === undefined) {
    throw new UnknownFaultError(`"fault" of ${system} must be one of ${kinds.join(', ')}.`);
  }
  const { match = '*', count = 1, ms = DEFAULT_MS } = input;
  if (typeof match !== 'string' || match === '' || match.length > MAX_MATCH) {
    throw new UnknownFaultError(`"match" must be a text such as *, of at most ${MAX_MATCH} characters.`);
  }
  if (count !== null && !isIntegerUpTo(count, MAX_COUNT)) {
    throw new UnknownFaultError(
      `"count" must be a whole number from 1 to ${MAX_COUNT}, or null for no limit.`,
    );
  }
  if (!isIntegerUpTo(ms, MAX_MS)) {
    throw new UnknownFaultError(`"ms" must be a whole number of milliseconds from 1 to ${MAX_MS}.`);
  }
  if (system === 'cards' && match !== '*') {
    throw new UnknownFaultError('Declined cards are those of any customer: leave "match" out.');
  }
  return { system, fault, match, count: count as number | null, ms: ms as number };
}

function isIntegerUpTo(value: unknown, max: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max;
}

type Counted = Omit<Fault, 'hits'> & { hits: number };

/** The faults of the systems that the local cloud serves itself. */
export class Faults {
  readonly #onHit: () => void;
  #faults: Counted[] = [];

  constructor(onHit: () => void) {
    this.#onHit = onHit;
  }

  add(fault: Omit<Fault, 'hits'>): void {
    this.#faults.push({ ...fault, hits: 0 });
  }

  clear(): void {
    this.#faults = [];
  }

  /** Those that can still be met. */
  list(): readonly Fault[] {
    return this.#faults.map((fault) => ({ ...fault }));
  }

  /** Returns the fault that the call meets, and counts it. */
  meet(system: Fault['system'], subject: string): Fault | undefined {
    const met = this.#faults.find((fault) => fault.system === system && matches(fault.match, subject));
    if (met === undefined) return undefined;
    met.hits += 1;
    if (met.hits === met.count) this.#faults = this.#faults.filter((fault) => fault !== met);
    this.#onHit();
    return { ...met };
  }
}

/** `*` stands for any characters. Takes the first place where each part fits, so that no pattern takes long. */
function matches(pattern: string, subject: string): boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  if (tail === undefined) return subject === head;
  if (!subject.startsWith(head)) return false;
  let from = head.length;
  for (const part of rest) {
    const at = subject.indexOf(part, from);
    if (at === -1) return false;
    from = at + part.length;
  }
  return subject.length - tail.length >= from && subject.endsWith(tail);
}
