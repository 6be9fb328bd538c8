/** Deliberate defects of how customers are created, and of how work that was given up is stopped. */
import { timeLimit } from '../../core/system/deadline.ts';
import { Fault } from '../../core/system/fault.ts';
import type { Systems } from '../systems.ts';
import { billing, type Mutant } from './mutant.ts';

export const accountMutants: readonly Mutant[] = [
  {
    name: 'a creation has one key, whatever Stripe has stored for it',
    violates: ['2'],
    mutate: (systems) =>
      billing(systems, { createCustomer: (user) => systems.billing.createCustomer(user, 0) }),
  },
  {
    name: 'a stored failure is like any other failure',
    violates: ['3'],
    mutate: (systems) =>
      billing(systems, {
        createCustomer: async (user, generation) => {
          const creation = await systems.billing.createCustomer(user, generation);
          if (creation.kind === 'created') return creation;
          throw new Fault({ code: 'unavailable', system: 'stripe', operation: 'create customer' });
        },
      }),
  },
  {
    name: 'a failed creation is taken to have created nothing',
    violates: ['2'],
    mutate: (systems) => billing(systems, { findEveryCustomer: async () => [] }),
  },
  {
    name: 'the search alone shows that there is no customer',
    violates: ['2'],
    mutate: (systems) =>
      billing(systems, {
        findEveryCustomer: async ({ sub }) => {
          const found = await systems.billing.findCustomers(sub);
          return found === 'unavailable' ? [] : found;
        },
      }),
  },
  {
    name: 'a first server error is mistaken for a stored failure',
    violates: ['2'],
    focus: { kinds: ['creation_fails', 'checkout'] },
    mutate: (systems) =>
      billing(systems, {
        createCustomer: (user, generation) =>
          systems.billing.createCustomer(user, generation).catch(() => ({ kind: 'failure_stored' }) as const),
      }),
  },
  {
    name: 'after a stored failure each creator has a key of its own',
    violates: ['2'],
    focus: { settings: { storedFailureRate: 1 } },
    mutate: (systems, { memory }) =>
      billing(systems, {
        createCustomer: (user, generation) => {
          if (generation === 0) return systems.billing.createCustomer(user, 0);
          const creators = (memory.get('creators') ?? 0) + 1;
          memory.set('creators', creators);
          return systems.billing.createCustomer({ ...user, replaces: `creator-${creators}` }, generation);
        },
      }),
  },
  {
    name: 'work that was given up goes on',
    violates: ['3'],
    focus: { kinds: ['delete_during_sign_up', 'sign_up_again', 'delete_account'] },
    mutate: (systems) => ({
      ...systems,
      clock: {
        ...systems.clock,
        within: (ms, work) => Promise.race([work(), timeLimitAfter(systems.clock, ms)]),
      },
    }),
  },
];

async function timeLimitAfter(clock: Systems['clock'], ms: number): Promise<never> {
  await clock.sleep(ms);
  throw timeLimit(`${ms} ms`);
}
