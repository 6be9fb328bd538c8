/** Checks of what stands in AWS: functions and their variables, tables, the trigger, roles. */
import { ConfigurationError, type Environment } from '../../adapters/system/environment.ts';
import { type FunctionName, functionNames } from '../../contract/functions.ts';
import * as billingPortal from '../../functions/billing-portal/config.ts';
import * as checkout from '../../functions/checkout/config.ts';
import * as deleteUser from '../../functions/delete-user/config.ts';
import * as entitlementsApi from '../../functions/entitlements-api/config.ts';
import * as postConfirmation from '../../functions/post-confirmation/config.ts';
import * as reconcile from '../../functions/reconcile/config.ts';
import * as stripeWebhook from '../../functions/stripe-webhook/config.ts';
import type { Check, Problem } from './finding.ts';
import type { Fixes, Installation, TableFacts } from './installation.ts';
import { excessIn, lackingIn, type RoleFacts, shortArn } from './policies.ts';

/** What each function itself would say of its environment. */
const readers: Readonly<Record<FunctionName, readonly ((values: Environment) => unknown)[]>> = {
  'post-confirmation': [postConfirmation.readConfig],
  'stripe-webhook': [stripeWebhook.readConfig],
  'entitlements-api': [entitlementsApi.readConfig],
  'delete-user': [deleteUser.readConfig],
  checkout: [checkout.readConfig, checkout.readSyncConfig],
  'billing-portal': [billingPortal.readConfig],
  reconcile: [reconcile.readConfig],
};

/** What must be the same wherever it is set: two tables or two keys would be two truths. */
const shared = [
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  'COGNITO_USER_POOL_ID',
  'STRIPE_API_KEY',
  'STRIPE_API_KEY_SECRET_ARN',
] as const;

export const variables: Check = {
  name: 'variables',
  run: async (installation) => {
    const { repair, configure } = installation.fixes;
    const environments = await installation.environments();
    const wrong = new Map<string, FunctionName[]>();
    const missing: Problem[] = [];
    for (const name of functionNames) {
      const values = environments.get(name);
      if (values === undefined) missing.push({ what: `there is no function ${name}`, fix: repair });
      else
        for (const what of configFaults(values, readers[name]))
          wrong.set(what, [...(wrong.get(what) ?? []), name]);
    }
    const told = [...wrong].map(([what, names]) => ({
      what: `${what} (${names.join(', ')})`,
      fix: configure,
    }));
    const differing = shared.flatMap((variable) => {
      const values = [...environments.values()].map((one) => one[variable]).filter(Boolean);
      const what = `${variable} is not the same for every function`;
      return new Set(values).size > 1 ? [{ what, fix: repair }] : [];
    });
    return [...missing, ...told, ...differing];
  },
};

function configFaults(
  values: Environment,
  read: readonly ((values: Environment) => unknown)[],
): ReadonlySet<string> {
  const faults = new Set<string>();
  for (const reading of read) {
    try {
      reading(values);
    } catch (cause) {
      if (!(cause instanceof ConfigurationError)) throw cause;
      for (const name of cause.missing) faults.add(`${name} is not set`);
      for (const name of cause.invalid) faults.add(`${name} has a value that cannot be read`);
    }
  }
  return faults;
}

export async function environmentOf(
  installation: Installation,
  name: FunctionName,
): Promise<Environment | undefined> {
  return (await installation.environments()).get(name);
}

/** By the first function that has it: one that is not there is told as that. */
async function valueOf(installation: Installation, variable: string): Promise<string | undefined> {
  const all = [...(await installation.environments()).values()];
  return all.map((values) => values[variable]).find(Boolean);
}

export const tables: Check = {
  name: 'tables',
  run: async (installation) => {
    const users = (await valueOf(installation, 'USERS_TABLE')) ?? 'UserProfiles';
    const entitlements = (await valueOf(installation, 'ENTITLEMENTS_TABLE')) ?? 'predixa_entitlements';
    const found = await Promise.all([
      tableProblems(installation, users, 'userId:HASH:S'),
      tableProblems(installation, entitlements, 'cognito_sub:HASH:S'),
    ]);
    return found.flat();
  },
};

async function tableProblems(
  installation: Installation,
  name: string,
  key: string,
): Promise<readonly Problem[]> {
  const table = await installation.table(name);
  const { fixes } = installation;
  return table === undefined
    ? [{ what: `there is no table ${name}`, fix: fixes.repair }]
    : problemsInTable({ name, ...table }, key, fixes);
}

function problemsInTable(
  { name, ...table }: TableFacts & { readonly name: string },
  key: string,
  fixes: Fixes,
): readonly Problem[] {
  const problem = (wrong: boolean, what: string, fix: string) =>
    wrong ? [{ what: `table ${name} ${what}`, fix }] : [];
  return [
    ...problem(table.status !== 'ACTIVE', `is ${table.status}`, fixes.reach),
    ...problem(
      table.key !== key,
      `has the key ${table.key}, and needs ${key}: name another table`,
      fixes.configure,
    ),
    ...problem(table.pointInTimeRecovery === false, 'has no point-in-time recovery', fixes.recover(name)),
    ...problem(table.deletionProtection === false, 'can be deleted by accident', fixes.protect(name)),
  ];
}

export const trigger: Check = {
  name: 'trigger',
  run: async (installation) => {
    const { fixes } = installation;
    const poolId = await valueOf(installation, 'COGNITO_USER_POOL_ID');
    if (poolId === undefined) return [];
    const facts = await installation.trigger(poolId);
    if (facts === undefined) return [{ what: `there is no user pool ${poolId}`, fix: fixes.configure }];
    if ((await environmentOf(installation, 'post-confirmation')) === undefined) return [];
    const { calls, expected, permitted } = facts;
    if (calls !== expected) {
      const what = `the pool calls ${calls ?? 'nothing'} after sign-up, and not ${expected}`;
      return [{ what, fix: fixes.setTrigger(poolId) }];
    }
    if (!permitted)
      return [{ what: `${expected} does not let the pool call it`, fix: fixes.permitTrigger(poolId) }];
    const harmless = {
      triggerSource: 'PostConfirmation_ConfirmForgotPassword',
      request: { userAttributes: {} },
    };
    const answer = await installation.callTrigger(harmless);
    const same = JSON.stringify(answer) === JSON.stringify(harmless);
    const fix = fixes.log('post-confirmation');
    return same ? [] : [{ what: 'the trigger does not give its event back', fix }];
  },
};

export const roles: Check = {
  name: 'roles',
  run: async (installation) => {
    const found = await Promise.all(
      functionNames.map(async (name) => {
        const facts = await installation.role(name);
        if (facts === null) return [];
        const { repair } = installation.fixes;
        if (facts === undefined) return [{ what: `${name} has a role that is not there`, fix: repair }];
        return problemsInRole(name, facts, installation.fixes);
      }),
    );
    return found.flat();
  },
};

function problemsInRole(name: FunctionName, facts: RoleFacts, fixes: Fixes): readonly Problem[] {
  const lacking = lackingIn(facts).map(({ action, resource }) => `${action} on ${shortArn(resource)}`);
  const excess = excessIn(facts).map(({ policy, grants, whole }) => {
    const by = policy.kind === 'inline' ? policy.name : policy.arn;
    const dropped =
      policy.kind === 'inline'
        ? fixes.dropPolicy(facts.role, policy.name)
        : fixes.detach(facts.role, policy.arn);
    return {
      what: `${name} may ${shortened(grants)} by the policy ${by}, and has no need to`,
      fix: whole ? dropped : fixes.repair,
    };
  });
  return [
    ...(lacking.length === 0 ? [] : [{ what: `${name} may not ${shortened(lacking)}`, fix: fixes.repair }]),
    ...excess,
  ];
}

const MAX_SHOWN = 6;

/** A policy of AWS's own may list hundreds. */
function shortened(list: readonly string[]): string {
  const more = list.length - MAX_SHOWN;
  return [...list.slice(0, MAX_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
