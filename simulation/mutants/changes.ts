/** Defects of changing a plan. */
import type { Changeable } from '../../core/change/changeable.ts';
import type { Systems } from '../systems.ts';
import { type Mutant, syncs } from './mutant.ts';

const changes = (systems: Systems, replacement: Partial<Systems['subscriptions']>): Systems => {
  return { ...systems, subscriptions: { ...systems.subscriptions, ...replacement } };
};

/** Changes what a request reads of a subscription. */
const seeing = (
  systems: Systems,
  change: (seen: Changeable) => Changeable,
): Partial<Systems['subscriptions']> => ({
  readChangeable: async (id) => {
    const seen = await systems.subscriptions.readChangeable(id);
    return seen === 'missing' ? seen : change(seen);
  },
});

const focus = { kinds: ['change_subscription', 'subscribe'] } as const;

export const changeMutants: readonly Mutant[] = [
  {
    name: 'a change for the end of the period applies at once',
    violates: ['23'],
    focus,
    mutate: (systems) =>
      changes(systems, {
        createSchedule: async (subscriptionId, key) => {
          const edits = [{ itemId: `si_${subscriptionId}`, priceId: 'price_b', quantity: 1 }];
          return systems.subscriptions.changeItems({ subscriptionId, edits, prorationAt: null }, key);
        },
      }),
  },
  {
    name: 'a change does not notice that the account is being deleted',
    violates: ['23'],
    focus: { kinds: ['change_subscription', 'deletion_refused', 'subscribe'] },
    mutate: (systems) => ({
      ...systems,
      change: (services) => {
        const read = async (sub: string) => {
          const profile = await systems.profiles.read(sub);
          return profile === undefined ? profile : { ...profile, deletion: null };
        };
        return systems.change({ ...services, profiles: { read } });
      },
    }),
  },
  {
    name: 'a cancellation leaves the change that waits for its payment',
    violates: ['24'],
    focus,
    mutate: (systems) =>
      changes(
        systems,
        seeing(systems, (seen) => ({ ...seen, pending: null })),
      ),
  },
  {
    name: 'a resumed subscription keeps its planned change',
    violates: ['24'],
    focus,
    mutate: (systems, { memory }) =>
      changes(systems, {
        ...seeing(systems, (seen) =>
          memory.has(seen.schedule?.id ?? '') ? { ...seen, schedule: null } : seen,
        ),
        releaseSchedule: async (scheduleId) => {
          memory.set(scheduleId, 1);
          return 'done';
        },
      }),
  },
  {
    name: 'a change is answered before the row shows it',
    violates: ['24'],
    focus,
    mutate: (systems) =>
      syncs(systems, (sync) => async (request) => {
        return request.cause.kind === 'user'
          ? { kind: 'already_current', sub: request.sub ?? '' }
          : sync(request);
      }),
  },
];
