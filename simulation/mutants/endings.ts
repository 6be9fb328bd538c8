/** Defects of what ends things: proof that is too weak, a limit that forgets, endings that are never found. */
import type { Profile } from '../../core/account/profile.ts';
import type { Systems } from '../systems.ts';
import { billing, type Mutant, profiles } from './mutant.ts';

type Lookup = Awaited<ReturnType<Systems['billing']['retrieveCustomer']>>;
type Stamp = { readonly sub: string | null; readonly poolId: string | null };

/** Changes what every customer says about itself. */
const stamped = (systems: Systems, change: (stamp: Stamp) => Partial<Stamp>): Systems =>
  billing(systems, {
    retrieveCustomer: async (id): Promise<Lookup> => {
      const lookup = await systems.billing.retrieveCustomer(id);
      return lookup.kind === 'customer' ? { ...lookup, ...change(lookup) } : lookup;
    },
  });

const listings = (systems: Systems, replacement: Partial<Systems['listings']>): Systems => {
  return { ...systems, listings: { ...systems.listings, ...replacement } };
};

const nothing = async () => ({ items: [], next: null });

export const endingMutants: readonly Mutant[] = [
  {
    name: 'the customers of another stage are ended like this stage’s own',
    violates: ['13'],
    focus: { settings: { sharesStripe: true } },
    mutate: (systems, { installation: { poolId } }) => stamped(systems, () => ({ poolId })),
  },
  {
    name: 'a customer that names no stage counts as this stage’s own',
    violates: ['13'],
    focus: { settings: { sharesStripe: true }, kinds: ['subscribe', 'duplicate_customer'] },
    mutate: (systems, { installation }) =>
      stamped(systems, ({ poolId }) => ({ poolId: poolId ?? installation.poolId })),
  },
  {
    name: 'lost records prove that the user does not exist',
    violates: ['13'],
    focus: { kinds: ['records_lost', 'checkout', 'subscribe'] },
    mutate: (systems) => ({
      ...systems,
      directory: {
        ...systems.directory,
        readUser: async (query) => (query.username === null ? undefined : systems.directory.readUser(query)),
      },
    }),
  },
  {
    name: 'the deletion limit forgets earlier runs',
    violates: ['14'],
    focus: { settings: { strangers: 8 } },
    mutate: (systems) => ({
      ...systems,
      ledger: { recentUsers: async () => [], reserve: async () => 'reserved' },
    }),
  },
  {
    name: 'the subscriptions of another user’s customer give access',
    violates: ['5'],
    focus: { kinds: ['profile_contradicted', 'subscribe'] },
    mutate: (systems) =>
      billing(
        stamped(systems, () => ({ sub: null })),
        {
          listSubscriptions: async (id) => {
            const list = await systems.billing.listSubscriptions(id);
            return list === 'missing' ? list : { ...list, owner: null };
          },
        },
      ),
  },
  {
    name: 'a profile is believed whatever the customer says about itself',
    violates: ['13'],
    focus: { kinds: ['profile_contradicted', 'delete_account', 'subscribe'] },
    mutate: (systems) => stamped(systems, () => ({ sub: null })),
  },
  {
    name: 'reconcile works before the adoption is complete',
    violates: ['15'],
    focus: {
      settings: { isAdopted: false },
      kinds: ['reconcile', 'records_lost', 'user_deleted_in_cognito'],
    },
    mutate: (systems) => ({ ...systems, adoption: { ...systems.adoption, isComplete: async () => true } }),
  },
  {
    name: 'users who are deleted in Cognito are not looked for',
    violates: ['3'],
    mutate: (systems) => listings(systems, { missingUsers: async () => new Set() }),
  },
  {
    name: 'the app’s own mark on a profile is mistaken for a request to delete the account',
    violates: ['13'],
    focus: { kinds: ['app_marks_profile', 'subscribe', 'reconcile'] },
    mutate: (systems, { dynamodb }) => {
      const misread = (profile: Profile): Profile => {
        const requestedAt = dynamodb.appMarks.get(profile.userId);
        return requestedAt === undefined
          ? profile
          : { ...profile, deletion: { requestedAt, username: null, requested: true, refund: null } };
      };
      const read = async (userId: string) => {
        const profile = await systems.profiles.read(userId);
        return profile && misread(profile);
      };
      const list = async (cursor: string | null) => {
        const page = await systems.listings.profiles(cursor);
        return { ...page, items: page.items.map(misread) };
      };
      return profiles(listings(systems, { profiles: list }), { read });
    },
  },
  {
    name: 'a deletion is reported like a repair',
    violates: ['16'],
    mutate: (systems) => ({
      ...systems,
      reported: (finding) => ({ ...finding, outcome: 'synced', also: [] }),
    }),
  },
  {
    name: 'events that no endpoint received are not looked for',
    violates: ['10'],
    focus: { settings: { dropRate: 0.2 }, kinds: ['delete_while_paying'] },
    mutate: (systems) => listings(systems, { undeliveredEvents: nothing }),
  },
];
