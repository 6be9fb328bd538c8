/** The commands that give and revoke grants, as the simulation runs them. */
import { type GrantOutcome, grantsOf, type RevokeOutcome } from '../core/grants/grants.ts';
import type { GrantTerms } from '../core/grants/terms.ts';
import type { InvocationResult } from './engine/invocation.ts';
import { observing } from './grant-invariants.ts';
import { hash } from './purchase-functions.ts';
import type { Systems } from './systems.ts';
import type { User, World } from './world.ts';

export interface GrantFunctions {
  give(user: User, terms: GrantTerms): Promise<InvocationResult<GrantOutcome>>;
  /** Revokes what the command shows to the person who runs it. */
  revokeAll(user: User): Promise<InvocationResult<RevokeOutcome>>;
}

/** Runs a command on a world with observers of its own. */
type RunObserved = <T>(
  options: { readonly name: string; readonly limitMs: number; readonly observed: World },
  work: (systems: Systems) => Promise<T>,
) => Promise<InvocationResult<T>>;

/** No one limits the time of a command. */
const limitMs = Number.POSITIVE_INFINITY;

export function grantFunctions(world: World, run: RunObserved): GrantFunctions {
  const own = { hash, random: () => world.random.next() };
  return {
    give: ({ sub }, terms) =>
      run(
        { name: `grant of ${sub}`, limitMs, observed: observing(world, { kind: 'give', terms }) },
        (systems) => systems.grant({ ...systems, ...own })(sub, terms),
      ),
    revokeAll: ({ sub }) => {
      const ids = new Set<string>();
      const observed = observing(world, { kind: 'revoke', ids });
      return run({ name: `revocation of ${sub}`, limitMs, observed }, async (systems) => {
        for (const { origin } of grantsOf(await systems.entitlements.read(sub))) ids.add(origin?.id ?? '');
        const revocation = { ids: [...ids], by: 'ben', reason: 'A mistake' };
        return systems.revoke({ ...systems, ...own })(sub, revocation);
      });
    },
  };
}
