/**
 * The order of plans says which of several plans that give access is the user's. A plan is named as in a rule of the policy, so
 * one list holds for Stripe, the app stores and grants. Pure.
 */

/** By name of a plan its place, the highest first. Plans of one place are equal. */
export type PlanOrder = ReadonlyMap<string, number>;

/** Nothing is configured: no plan is higher than another. */
export const noPlanOrder: PlanOrder = new Map();

/**
 * Returns the place of a plan: the lower, the higher the plan. One that is not listed comes after all that are. The plan's own
 * name counts before its lookup keys, and these before its product in Stripe. What a purchase in a store unlocks has no order
 * of its own, so the highest counts.
 */
export function placeOf(order: PlanOrder, plan: string | null, keys: readonly string[] = []): number {
  const own = plan === null ? [] : [plan];
  const lookupKeys = keys.filter((key) => !isProduct(key));
  const places = [own, lookupKeys, keys].map((names) =>
    names.map((name) => order.get(name)).filter((place) => place !== undefined),
  );
  const found = places.find(({ length }) => length > 0);
  return found === undefined ? order.size : Math.min(...found);
}

function isProduct(key: string): boolean {
  return key.startsWith('prod_');
}

/** Returns the order for a row, in which its plans have a place by whatever name the order lists them. */
export function withKeys(order: PlanOrder, planKeys: Readonly<Record<string, readonly string[]>>): PlanOrder {
  const places = Object.entries(planKeys).map(([plan, keys]) => [plan, placeOf(order, plan, keys)] as const);
  return new Map([...order, ...places.filter(([, place]) => place < order.size)]);
}

/**
 * Parses the order as people write it. Returns what is wrong with it if it is not valid.
 *
 *     [["prod_pro", "pro"], "basic"]
 */
export function parsePlanOrder(value: unknown): { readonly order: PlanOrder } | { readonly wrong: string } {
  if (!Array.isArray(value)) return { wrong: 'plan_order is not a list of plans, the highest first' };
  const order = new Map<string, number>();
  for (const [place, written] of value.entries()) {
    const names: readonly unknown[] = Array.isArray(written) && written.length > 0 ? written : [written];
    for (const name of names) {
      if (!isName(name)) {
        return { wrong: `plan_order: ${JSON.stringify(name)} is not the name of a plan or a list of names` };
      }
      if (order.has(name)) return { wrong: `plan_order names ${name} twice` };
      order.set(name, place);
    }
  }
  return { order };
}

/** Spaces around a name would match no plan. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value === value.trim();
}
