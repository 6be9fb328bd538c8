/** Next.js on the server: access for server components, route handlers and server actions. */
import { cookies, headers } from 'next/headers';
import { redirect } from 'next/navigation';
import { cache } from 'react';
import {
  type AccessCheck,
  type AccessOptions,
  createDecider,
  type Entitlements,
  type Granted,
  type Refused,
  type User,
} from './decide.ts';
import { pathFor } from './paths.ts';
import { problemOf } from './problem.ts';

export type { AccessCheck, AccessOptions, Granted, RefusalReason, Refused } from './decide.ts';
export { safePath } from './paths.ts';
export type { User } from './verify.ts';

const PATH_HEADER = 'x-account-path';

export interface PageOptions {
  /** Where a refused user returns to. Default: the requested page, which the proxy names; without one, `/`. */
  readonly returnTo?: string;
}

export interface ServerAccess {
  /**
   * For pages, server actions, and route handlers that a browser opens. Redirects a signed-out user to the sign-in page and a
   * user without access to `deniedPath`.
   * Throws an `AccessUnavailable`, which the nearest `error.tsx` shows, if nothing could be found out.
   */
  requireAccess(check?: AccessCheck, options?: PageOptions): Promise<Granted>;
  /** The same for pages that every signed-in user may see. */
  requireUser(options?: PageOptions): Promise<User>;
  /**
   * For route handlers that a program calls, and wherever the caller decides: never redirects and never throws. `refusalResponse`
   * answers a refusal.
   */
  checkAccess(check?: AccessCheck): Promise<Granted | Refused>;
  /** For `initial` of the provider. Undefined: no one is signed in, or nothing could be read. */
  getEntitlements(): Promise<Entitlements | undefined>;
}

/** Thrown while it cannot be found out what the user may do, which is no "no". */
export class AccessUnavailable extends Error {
  override readonly name = 'AccessUnavailable';
}

/** Answers a refusal with 401, 403 or 503 and a problem document. */
export function refusalResponse({ reason }: Refused): Response {
  const { status, body, headers: fields } = problemOf(reason);
  return new Response(body, { status, headers: fields });
}

export function createAccess(options: AccessOptions): ServerAccess {
  const decider = createDecider(options);
  const readCookie = async () => {
    const store = await cookies();
    return (name: string) => store.get(name)?.value;
  };
  // The parts of one page share one answer, whatever each of them asks for.
  const signedIn = cache(async () => decider.signedIn(await readCookie()));
  const checkAccess = async (check: AccessCheck = {}) => decider.decide(await readCookie(), check);

  async function leave(refused: Refused, returnTo: string | undefined): Promise<never> {
    const wanted = returnTo ?? (await headers()).get(PATH_HEADER) ?? '/';
    const path = pathFor(refused.reason, wanted, options);
    if (path !== undefined) redirect(path);
    throw new AccessUnavailable('The access of this user cannot be checked at the moment.', {
      cause: refused.cause,
    });
  }

  return {
    checkAccess,
    requireAccess: async (check = {}, { returnTo } = {}) => {
      const decision = await checkAccess(check);
      return decision.granted ? decision : leave(decision, returnTo);
    },
    requireUser: async ({ returnTo } = {}) => {
      const signed = await signedIn();
      return 'granted' in signed ? leave(signed, returnTo) : signed.user;
    },
    getEntitlements: async () => {
      const signed = await signedIn();
      return 'granted' in signed ? undefined : decider.entitlements(signed).catch(() => undefined);
    },
  };
}
