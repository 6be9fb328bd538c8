/** All users as they are stored, read once for as long as nothing changes. */
import type { SystemClients } from '../clients.ts';
import type { Hub } from '../hub.ts';
import { type PoolFacts, readAllUsers, type StoredUser } from './pool.ts';

export interface Roster {
  read(): Promise<readonly StoredUser[]>;
}

export interface RosterDeps {
  readonly clients: SystemClients;
  readonly hub: Hub;
  readonly facts: () => PoolFacts;
}

export function createRoster({ clients, hub, facts }: RosterDeps): Roster {
  let known: Promise<readonly StoredUser[]> | undefined;
  hub.subscribe((event) => {
    const matters =
      event.kind === 'changed' && event.lanes.some((lane) => lane === 'cognito' || lane === 'dynamodb');
    if (matters || event.kind === 'reset') known = undefined;
  });
  return {
    async read() {
      const reading = known ?? readAllUsers(clients, facts());
      known = reading;
      reading.catch(() => {
        if (known === reading) known = undefined;
      });
      return reading;
    },
  };
}
