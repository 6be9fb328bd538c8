/** `npm run grant`: gives users access without payment, shows what was given, and revokes it. */
import { createEntitlementStore } from '../adapters/dynamodb/entitlement-store.ts';
import { sha256 } from '../adapters/system/hash.ts';
import { openServices } from '../composition/reconcile.ts';
import type { EntitlementRow } from '../core/entitlement/row.ts';
import {
  createGrant,
  createRevoke,
  type GrantOutcome,
  type GrantServices,
  grantsOf,
  hasEnded,
  type RevokeOutcome,
} from '../core/grants/grants.ts';
import { readConfig } from '../functions/reconcile/config.ts';
import { runCommand } from './cli/command.ts';
import { canAsk, isConfirmed } from './cli/confirm.ts';
import { openConsole } from './cli/console.ts';
import { loadEnvironment } from './cli/environment.ts';
import { shellCredentials } from './cli/shell-credentials.ts';
import { type Command, HELP, type Options, readOptions } from './grant/options.ts';
import { grantLine, messageOf, termsLine } from './grant/view.ts';

type Opened = Awaited<ReturnType<typeof open>>;
type Give = Extract<Command, { readonly kind: 'give' }>;
type Revoke = Extract<Command, { readonly kind: 'revoke' }>;

async function open(envFile: string | undefined) {
  const config = readConfig(await loadEnvironment(envFile));
  const { log } = openConsole();
  const { systems, table, reader } = await openServices({ config, log, credentials: shellCredentials });
  const entitlements = createEntitlementStore(table);
  const services: GrantServices = {
    entitlements,
    profiles: systems.profiles,
    clock: table.clock,
    random: Math.random,
    hash: sha256,
  };
  return { services, entitlements, reader, log, listings: systems.listings };
}

async function give(opened: Opened, { terms }: Give, { subs, isAgreed }: Options): Promise<void> {
  console.log(termsLine(terms));
  if (subs.length > 1 && !isAgreed) return notAgreed(`This grant is for ${subs.length} users.`);
  const grant = createGrant(opened.services);
  await forEach(opened, subs, (sub) => grant(sub, terms));
}

async function revoke(opened: Opened, { ids, by, reason }: Revoke, options: Options): Promise<void> {
  const found = new Map<string, readonly string[]>();
  for (const sub of options.subs) {
    const grants = grantsOf(await opened.entitlements.read(sub)).filter((grant) => {
      const isNamed = ids === null || ids.includes(grant.origin?.id ?? '');
      return isNamed && !hasEnded(grant, nowSeconds());
    });
    for (const claim of grants) console.log(`${sub}  to be revoked: ${grantLine(claim)}`);
    found.set(
      sub,
      grants.map(({ origin }) => origin?.id ?? ''),
    );
  }
  const { isAgreed } = options;
  if (options.subs.length > 1 && !isAgreed)
    return notAgreed(`These are grants of ${options.subs.length} users.`);
  const isFound = [...found.values()].some((grants) => grants.length > 0);
  if (isFound && !isAgreed && canAsk() && !(await isConfirmed('Revoke this?'))) return notAgreed('');
  const revokeOf = createRevoke(opened.services);
  // Exactly what was shown: a grant that someone else gives now is not revoked.
  await forEach(opened, options.subs, (sub) => revokeOf(sub, { ids: found.get(sub) ?? [], by, reason }));
}

function notAgreed(why: string): void {
  console.log(`${why} Nothing was changed. To do it: the same command with --yes.`.trim());
  process.exitCode = 2;
}

/** One after the other, and on after a failure, so that a repetition has less left to do. */
async function forEach(
  { reader, log }: Opened,
  subs: readonly string[],
  act: (sub: string) => Promise<GrantOutcome | RevokeOutcome>,
): Promise<void> {
  for (const sub of subs) {
    const outcome = await act(sub).catch((cause: unknown) => {
      if (subs.length === 1) throw cause;
      log.error('A user was not changed.', { user_id: sub }, cause);
      return { kind: 'failed' } as const;
    });
    const isInPool =
      outcome.kind === 'no_such_user' && (await reader.readUser({ sub, username: null })) !== undefined;
    const { text, exitCode } = messageOf(sub, outcome, { isInPool });
    console.log(`${sub}  ${text}`);
    process.exitCode = worse(exitCode);
  }
}

/** A failure matters more than an unknown user, and that more than what was left as it is. */
function worse(exitCode: number): number {
  const order = [0, 2, 3, 1];
  const before = Number(process.exitCode ?? 0);
  return order.indexOf(exitCode) > order.indexOf(before) ? exitCode : before;
}

async function list(opened: Opened, { subs }: Options): Promise<void> {
  let count = 0;
  const print = (sub: string, row: EntitlementRow | undefined): void => {
    for (const claim of grantsOf(row)) {
      count += 1;
      console.log(`${sub}  ${grantLine(claim)}${hasEnded(claim, nowSeconds()) ? ' (has ended)' : ''}`);
    }
  };
  for (const sub of subs) print(sub, await opened.entitlements.read(sub));
  let cursor: string | null | undefined = subs.length === 0 ? null : undefined;
  while (cursor !== undefined) {
    const page = await opened.listings.rows(cursor);
    for (const row of page.items) print(row.sub, row);
    cursor = page.next ?? undefined;
  }
  if (count === 0) console.log('No grants.');
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

async function main(): Promise<void> {
  const options = await readOptions(process.argv.slice(2), nowSeconds());
  const { command } = options;
  if (command.kind === 'help') {
    console.log(HELP);
    return;
  }
  const opened = await open(options.envFile);
  switch (command.kind) {
    case 'give':
      return give(opened, command, options);
    case 'revoke':
      return revoke(opened, command, options);
    default:
      return list(opened, options);
  }
}

runCommand(main);
