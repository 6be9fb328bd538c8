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
import { permissions } from '../../infra/permissions.ts';
import type { Check, Problem } from './finding.ts';
import type { Installation, TableFacts } from './installation.ts';

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

export const variables: Check = {
  name: 'variables',
  run: async (installation) => {
    const { deploy, configure } = installation.mends;
    const environments = await installation.environments();
    const wrong = new Map<string, FunctionName[]>();
    const missing: Problem[] = [];
    for (const name of functionNames) {
      const values = environments.get(name);
      if (values === undefined) missing.push({ what: `there is no function ${name}`, mend: deploy });
      else
        for (const what of faultsIn(values, readers[name]))
          wrong.set(what, [...(wrong.get(what) ?? []), name]);
    }
    const told = [...wrong].map(([what, names]) => ({
      what: `${what} (${names.join(', ')})`,
      mend: configure,
    }));
    return [...missing, ...told];
  },
};

function faultsIn(
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

export async function environmentOf(installation: Installation, name: FunctionName): Promise<Environment> {
  return (await installation.environments()).get(name) ?? {};
}

export const tables: Check = {
  name: 'tables',
  run: async (installation) => {
    const values = await environmentOf(installation, 'reconcile');
    const usersTable = values['USERS_TABLE'] ?? 'UserProfiles';
    const entitlementsTable = values['ENTITLEMENTS_TABLE'] ?? 'predixa_entitlements';
    const found = await Promise.all([
      tableProblems(installation, usersTable, 'userId:HASH:S'),
      tableProblems(installation, entitlementsTable, 'cognito_sub:HASH:S'),
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
  const { deploy } = installation.mends;
  if (table === undefined) return [{ what: `there is no table ${name}`, mend: deploy }];
  return judgeTable(name, table, key).map((what) => ({ what, mend: deploy }));
}

function judgeTable(name: string, table: TableFacts, key: string): readonly string[] {
  return [
    ...(table.status === 'ACTIVE' ? [] : [`table ${name} is ${table.status}`]),
    ...(table.key === key
      ? []
      : [`table ${name} has the key ${table.key}, and needs ${key}: name another table`]),
    ...(table.pointInTimeRecovery === false ? [`table ${name} has no point-in-time recovery`] : []),
    ...(table.deletionProtection === false ? [`table ${name} can be deleted by accident`] : []),
  ];
}

export const trigger: Check = {
  name: 'trigger',
  run: async (installation) => {
    const { deploy } = installation.mends;
    const poolId = (await environmentOf(installation, 'delete-user'))['COGNITO_USER_POOL_ID'] ?? '';
    const facts = await installation.trigger(poolId);
    if (facts === undefined) return [{ what: `there is no user pool ${poolId}`, mend: deploy }];
    const { calls, expected, permitted } = facts;
    if (calls !== expected) {
      return [
        { what: `the pool calls ${calls ?? 'nothing'} after sign-up, and not ${expected}`, mend: deploy },
      ];
    }
    if (!permitted) return [{ what: `${expected} does not let the pool call it`, mend: deploy }];
    const harmless = {
      triggerSource: 'PostConfirmation_ConfirmForgotPassword',
      request: { userAttributes: {} },
    };
    const answer = await installation.callTrigger(harmless);
    const same = JSON.stringify(answer) === JSON.stringify(harmless);
    return same ? [] : [{ what: 'the trigger does not give its event back', mend: deploy }];
  },
};

export const roles: Check = {
  name: 'roles',
  run: async (installation) => {
    const found = await Promise.all(
      functionNames.map(async (name) => {
        const allowed = await installation.allowedActions(name);
        return allowed === null ? [] : judgeRole(name, allowed);
      }),
    );
    return found.flat().map((what) => ({ what, mend: installation.mends.deploy }));
  },
};

function judgeRole(name: FunctionName, allowed: readonly string[]): readonly string[] {
  const due = new Set(permissions[name].flatMap(({ actions }) => actions));
  const lacking = [...due].filter((action) => !allowed.includes(action));
  const needless = allowed.filter((action) => !due.has(action));
  return [
    ...(lacking.length === 0 ? [] : [`${name} may not ${lacking.join(', ')}`]),
    ...(needless.length === 0 ? [] : [`${name} may ${needless.join(', ')}, and has no need to`]),
  ];
}
