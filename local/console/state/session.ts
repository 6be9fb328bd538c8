/** The user that the console acts as in this tab: one who signed up here, or one that a person has chosen. */
import { signal } from '@preact/signals';
import type { Client } from '../../../client/core/index.ts';
import type { Session } from '../../control/contract.ts';
import { accountOf, control } from '../api.ts';

export interface Actor {
  readonly sub: string;
  readonly email: string;
  /** Known only of a user who signed up in this tab. */
  readonly password: string | null;
  /** Null: not signed in. */
  readonly idToken: string | null;
}

/** The tab keeps it through Checkout and the portal, which are pages of their own. */
const KEY = 'predixa-local-actor';

export const actor = signal<Actor | null>(read());

export function act(as: Actor | null): void {
  actor.value = as;
  if (as === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, JSON.stringify(as));
}

function read(): Actor | null {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Actor | null;
  } catch {
    return null;
  }
}

/** Acts as any user of the pool, with tokens that the local cloud signs. */
export async function actAs(sub: string): Promise<Actor> {
  const { email, idToken } = await control<Session>(`/users/${encodeURIComponent(sub)}/session`, {
    method: 'POST',
  });
  const known = actor.peek();
  const password = known?.sub === sub ? known.password : null;
  const chosen: Actor = { sub, email: email ?? sub, password, idToken };
  act(chosen);
  return chosen;
}

/** The account API as the app of this user calls it. Signs in first if the user is not the one at hand. */
export async function accountAs(sub: string): Promise<Client> {
  const known = actor.peek();
  const { idToken } = known?.sub === sub && known.idToken !== null ? known : await actAs(sub);
  return accountOf(async () => idToken ?? '');
}
