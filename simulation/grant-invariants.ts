/** The invariants of grants: a command changes what a person gave, and nothing else. */
import { isDeepStrictEqual } from 'node:util';
import type { EntitlementRow } from '../core/entitlement/row.ts';
import type { GrantTerms } from '../core/grants/terms.ts';
import { saidBy } from './said-by.ts';
import { reportViolation, type World } from './world.ts';

export type GrantCommand =
  | { readonly kind: 'give'; readonly terms: GrantTerms }
  /** What the command has shown. */
  | { readonly kind: 'revoke'; readonly ids: ReadonlySet<string> };

/** Returns the world in which one command runs. Its writes are observed at the moment at which they take effect. */
export function observing(world: World, command: GrantCommand): World {
  const onCreate = (row: EntitlementRow) => {
    world.context.tally.add('grant of a row that it creates');
    noteGrants(world, command, { before: undefined, after: row });
  };
  const onWrite = (before: EntitlementRow, after: EntitlementRow) => {
    checkOthers(world, before, after);
    noteGrants(world, command, { before, after });
  };
  return { ...world, dynamodb: { ...world.dynamodb, onCreate, onWrite } };
}

/** What another writer has just written replaces what one said before, and the app's own trial. */
function checkOthers(world: World, before: EntitlementRow, after: EntitlementRow): void {
  const isOverwritten = world.dynamodb.statements.get(before.sub)?.version === before.fence.version;
  const sources = isOverwritten
    ? (['stripe', 'revenuecat'] as const)
    : (['stripe', 'revenuecat', 'trial', 'other_writer'] as const);
  for (const source of sources) {
    if (!isDeepStrictEqual(saidBy(source, before), saidBy(source, after)))
      reportViolation(world, before, `18. a grant or its revocation changes what ${source} said`);
  }
}

/** Keeps the record of what was given, which follows from the commands: the row only shows which of them have ended. */
function noteGrants(
  world: World,
  command: GrantCommand,
  { before, after }: { readonly before: EntitlementRow | undefined; readonly after: EntitlementRow },
): void {
  const { grants } = world.dynamodb;
  const { sub } = after;
  const known = before === undefined ? [] : (grants.get(sub) ?? []);
  const shown = idsIn(after);
  for (const { id, until } of known.filter((one) => !shown.includes(one.id))) {
    const isRevoked = command.kind === 'revoke' && command.ids.has(id);
    if (!isRevoked && !mayHaveEnded(world, until))
      reportViolation(world, after, `18. ${id} is taken away, which no one has revoked`);
  }
  const kept = known.filter(({ id }) => shown.includes(id));
  const added = shown.filter((id) => !kept.some((one) => one.id === id));
  if (command.kind === 'revoke') {
    if (added.length > 0 || kept.some(({ id }) => command.ids.has(id)))
      reportViolation(world, after, '18. a revocation does not end exactly what it has shown');
    grants.set(sub, kept);
    return;
  }
  if (added.length > 1) reportViolation(world, after, '18. one command gives several grants');
  const { plan, features, until } = command.terms;
  grants.set(sub, [...kept, ...added.map((id) => ({ id, plan, features, until }))]);
}

function idsIn(row: EntitlementRow): readonly string[] {
  const given = row.claims.filter(({ source }) => source === 'grant');
  return given.map(({ origin }) => origin?.id ?? '');
}

/** By the clock of the machine on which the command runs. */
function mayHaveEnded({ context, history }: World, until: number | null): boolean {
  return until !== null && until * 1000 <= context.timeline.nowMs + history.skewMs;
}
