/** Runs reconcile from the console: first to find, then to repair what a person approves. */

import type { ReconcileFinding, ReconcileResult } from '../contract.ts';
import type { Inspector } from '../inspection.ts';
import { type ControlInput, ControlRefusal, type ControlRoute } from '../routes.ts';

export function reconcileRoutes(inspector: Inspector): readonly ControlRoute[] {
  return [{ method: 'POST', path: '/reconcile', run: ({ body }) => reconcile(inspector, body) }];
}

async function reconcile(inspector: Inspector, { repair }: ControlInput['body']): Promise<ReconcileResult> {
  const { checked, findings } =
    repair === undefined ? await inspector.compare() : await inspector.repair(usersIn(repair));
  return {
    checked,
    findings: findings.map(
      ({ reason, subjectId, sub, outcome, planned = null, meaning }): ReconcileFinding => ({
        reason,
        subjectId,
        sub,
        outcome,
        planned,
        meaning,
      }),
    ),
  };
}

/** More of them are a whole run. */
const MAX_USERS = 100;
const SUB = /^[\w.:@-]{1,128}$/;

function usersIn(repair: unknown): 'all' | readonly string[] {
  if (repair === 'all') return 'all';
  const isList =
    Array.isArray(repair) &&
    repair.length > 0 &&
    repair.length <= MAX_USERS &&
    repair.every((sub) => typeof sub === 'string' && SUB.test(sub));
  if (isList) return repair;
  throw new ControlRefusal(
    400,
    `"repair" must be "all", or a list of the \`sub\`s of 1 to ${MAX_USERS} users.`,
  );
}
