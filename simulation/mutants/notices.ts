/** Defects of what a row shows of payments. */
import { type Mutant, syncs, writing } from './mutant.ts';

export const noticeMutants: readonly Mutant[] = [
  {
    name: 'what a row shows of payments is never removed',
    violates: ['22'],
    focus: { kinds: ['card_expires', 'replace_card', 'subscribe'] },
    mutate: (systems) => ({
      ...systems,
      sync: (services) =>
        systems.sync(
          writing(services, (state, { billingFacts }) =>
            state.billingFacts.length > 0 ? state : { ...state, billingFacts },
          ),
        ),
    }),
  },
  {
    name: 'a card that is updated in place is not read again',
    violates: ['22'],
    focus: { kinds: ['card_expires', 'card_updated', 'subscribe'] },
    mutate: (systems) =>
      syncs(systems, (sync) => ({ notices, ...request }) => {
        return sync(notices === undefined || notices === 'known' ? request : { ...request, notices });
      }),
  },
  {
    name: 'what a row shows counts as read whatever the sync read',
    violates: ['22'],
    focus: { kinds: ['payment_must_be_confirmed', 'fail_renewal', 'subscribe'] },
    mutate: (systems) =>
      syncs(
        systems,
        (sync) => (request) => sync(request.notices === 'known' ? { ...request, notices: 'card' } : request),
      ),
  },
];
