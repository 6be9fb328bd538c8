/** What a scenario may do besides acting as a user: let things fail, move the clock, and reconcile. */
import type { Fault } from '../control/contract.ts';
import type { ApiAnswer, Person, SignUpOptions } from './person.ts';

export interface Stage {
  /** Shows a step while it runs. Its text is one sentence without its full stop. */
  step<T>(text: string, work: () => Promise<T>): Promise<T>;
  signUp(name: string, options?: SignUpOptions): Promise<Person>;
  /** Changes the card that the user's next payments are charged to. */
  useCard(person: Person, card: 'good' | 'declined'): Promise<void>;
  /** Stripe's events of this time are never delivered, not even later. */
  withoutWebhooks<T>(work: () => Promise<T>): Promise<T>;
  fault(fault: Pick<Fault, 'system' | 'fault'> & Partial<Pick<Fault, 'match' | 'count'>>): void;
  endFaults(): void;
  /** Resolves once every webhook is delivered. */
  settled(): Promise<void>;
  advance(seconds: number): Promise<void>;
  /** How many differences reconcile finds about the user. */
  differences(sub: string): Promise<number>;
  repair(sub: string): Promise<void>;
}

export interface ScenarioDefinition {
  readonly name: string;
  readonly title: string;
  readonly story: string;
  readonly watch: string;
  /** Returns what the person should take away, as the end of the conclusion. */
  run(stage: Stage): Promise<ScenarioEnd>;
}

export interface ScenarioEnd {
  readonly sub: string;
  /** One sentence. */
  readonly lesson: string;
}

/** Whether `GET /me/entitlements` gives access. */
export function hasAccess({ body }: ApiAnswer): boolean {
  return body['access_granted'] === true;
}

export function urlOf({ body }: ApiAnswer): string {
  return String(body['url']);
}
