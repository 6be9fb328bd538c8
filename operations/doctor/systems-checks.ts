/** Checks the AWS resources: functions and their variables, tables, the trigger and the roles. */
import { type Environment, EnvironmentReader } from '../../adapters/system/environment.ts';
import type { FunctionName } from '../../contract/functions.ts';
import * as billing from '../../functions/billing/config.ts';
import * as billingPortal from '../../functions/billing-portal/config.ts';
import * as checkout from '../../functions/checkout/config.ts';
import * as deleteUser from '../../functions/delete-user/config.ts';
import * as entitlementsApi from '../../functions/entitlements-api/config.ts';
import * as postConfirmation from '../../functions/post-confirmation/config.ts';
import * as prices from '../../functions/prices/config.ts';
import * as reconcile from '../../functions/reconcile/config.ts';
import * as revenueCatWebhook from '../../functions/revenuecat-webhook/config.ts';
import * as stripeWebhook from '../../functions/stripe-webhook/config.ts';
import * as stripeWebhookIntake from '../../functions/stripe-webhook-intake/config.ts';
import * as subscription from '../../functions/subscription/config.ts';
import { environmentNames } from '../../infra/functions.ts';
import type { Check, Problem } from './finding.ts';
import type { Fixes, Installation, TableFacts } from './installation.ts';
import { excessPermissions, missingPermissions, type RoleFacts, shortArn } from './policies.ts';
import { settingProblems } from './settings.ts';

const configs: Readonly<Record<FunctionName, { readonly environment: readonly string[] }>> = {
  'post-confirmation': postConfirmation,
  'stripe-webhook': stripeWebhook,
  'stripe-webhook-intake': stripeWebhookIntake,
  'revenuecat-webhook': revenueCatWebhook,
  'entitlements-api': entitlementsApi,
  'delete-user': deleteUser,
  checkout,
  'billing-portal': billingPortal,
  subscription,
  billing,
  prices,
  reconcile,
};

/** How each function validates its own environment. */
const readers: Readonly<Record<FunctionName, readonly ((values: Environment) => unknown)[]>> = {
  'post-confirmation': [
    postConfirmation.readConfig,
    postConfirmation.readStripeConfig,
    postConfirmation.readTrialConfig,
  ],
  'stripe-webhook': [stripeWebhook.readConfig],
  'stripe-webhook-intake': [stripeWebhookIntake.readConfig],
  'revenuecat-webhook': [revenueCatWebhook.readConfig],
  'entitlements-api': [entitlementsApi.readConfig],
  'delete-user': [deleteUser.readConfig],
  checkout: [checkout.readConfig, checkout.readSyncConfig],
  'billing-portal': [billingPortal.readConfig],
  subscription: [subscription.readConfig],
  billing: [billing.readConfig],
  prices: [prices.readConfig],
  reconcile: [reconcile.readConfig],
};

/** Variables that must have the same value in every function. */
const shared = [
  'USERS_TABLE',
  'ENTITLEMENTS_TABLE',
  'COGNITO_USER_POOL_ID',
  'STRIPE_API_KEY',
  'STRIPE_API_KEY_SECRET_ARN',
  'REVENUECAT_PROJECT_ID',
  'REVENUECAT_API_KEY',
  'REVENUECAT_API_KEY_SECRET_ARN',
  'ALLOW_SANDBOX_PURCHASES',
] as const;

/** Variables that mean something also where they are not set, so they must have the same value in every function that reads them. */
const sharedDefaults = ['ACCESS_POLICY'] as const;

export const variables: Check = {
  name: 'variables',
  run: async (installation) => {
    const { repair } = installation.fixes;
    const environments = await installation.environments();
    const wrong = new Map<string, { readonly fix: string; readonly names: FunctionName[] }>();
    const missing: Problem[] = [];
    for (const name of installation.functions) {
      const values = environments.get(name);
      if (values === undefined) {
        missing.push({ what: `the function ${name} is missing`, fix: repair });
        continue;
      }
      const reads = { read: readers[name], names: environmentNames[name] };
      for (const { what, fix } of await settingProblems(installation, values, reads)) {
        wrong.set(what, { fix, names: [...(wrong.get(what)?.names ?? []), name] });
      }
    }
    const invalid = [...wrong].map(([what, { fix, names }]) => ({
      what: `${what} (${names.join(', ')})`,
      fix,
    }));
    const all = [...environments];
    const given = shared.map((variable) => {
      return { variable, values: all.map(([, values]) => values[variable]).filter(Boolean) };
    });
    const orDefault = sharedDefaults.map((variable) => {
      const reading = all.filter(([name]) => configs[name].environment.includes(variable));
      return { variable, values: reading.map(([, values]) => values[variable] ?? '') };
    });
    const differing = [...given, ...orDefault].flatMap(({ variable, values }) => {
      const what = `${variable} differs between functions`;
      return new Set(values).size > 1 ? [{ what, fix: repair }] : [];
    });
    return [...missing, ...invalid, ...differing];
  },
};

/** Returns the function that Stripe's deliveries reach: with a queue, the one in front of it. */
export function webhookFunctionOf({ functions }: Pick<Installation, 'functions'>): FunctionName {
  return functions.includes('stripe-webhook-intake') ? 'stripe-webhook-intake' : 'stripe-webhook';
}

export async function environmentOf(
  installation: Installation,
  name: FunctionName,
): Promise<Environment | undefined> {
  return (await installation.environments()).get(name);
}

/** Returns the value from the first function that has the variable. */
async function valueOf(installation: Installation, variable: string): Promise<string | undefined> {
  const all = [...(await installation.environments()).values()];
  return all.map((values) => new EnvironmentReader(values).optional(variable)).find(Boolean);
}

const ENTITLEMENTS_KEY = 'cognito_sub:HASH:S';

export const tables: Check = {
  name: 'tables',
  run: async (installation) => {
    const users = (await valueOf(installation, 'USERS_TABLE')) ?? 'UserProfiles';
    const entitlements = (await valueOf(installation, 'ENTITLEMENTS_TABLE')) ?? 'predixa_entitlements';
    const found = await Promise.all([
      tableProblems(installation, users, 'userId:HASH:S'),
      tableProblems(installation, entitlements, ENTITLEMENTS_KEY),
    ]);
    return found.flat();
  },
};

export const adoption: Check = {
  name: 'adoption',
  run: async (installation) => {
    const table = (await valueOf(installation, 'ENTITLEMENTS_TABLE')) ?? 'predixa_entitlements';
    // The check of the tables reports a missing table, and one with another key.
    if ((await installation.table(table))?.key !== ENTITLEMENTS_KEY) return [];
    if (await installation.adoptionComplete(table)) return [];
    const what = 'adoption is not complete, so reconcile only reports and repairs nothing';
    return [{ what, fix: installation.fixes.adopt }];
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
    ? [{ what: `the table ${name} is missing`, fix: fixes.repair }]
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
    ...problem(table.status !== 'ACTIVE', `has the status ${table.status}`, fixes.reach),
    ...problem(
      table.key !== key,
      `has the key ${table.key} instead of ${key}, so another table must be configured`,
      fixes.configure,
    ),
    ...problem(table.pointInTimeRecovery === false, 'has no point-in-time recovery', fixes.recover(name)),
    ...problem(table.deletionProtection === false, 'has no deletion protection', fixes.protect(name)),
  ];
}

export const trigger: Check = {
  name: 'trigger',
  run: async (installation) => {
    const { fixes } = installation;
    const poolId = await valueOf(installation, 'COGNITO_USER_POOL_ID');
    if (poolId === undefined) return [];
    const facts = await installation.trigger(poolId);
    if (facts === undefined) return [{ what: `the user pool ${poolId} is missing`, fix: fixes.configure }];
    if ((await environmentOf(installation, 'post-confirmation')) === undefined) return [];
    const { calls, expected, permitted } = facts;
    if (calls !== expected) {
      const what = `the pool calls ${calls ?? 'nothing'} after sign-up instead of ${expected}`;
      return [{ what, fix: fixes.setTrigger(poolId) }];
    }
    if (!permitted)
      return [
        {
          what: `the policy of ${expected} does not allow the pool to invoke it`,
          fix: fixes.permitTrigger(poolId),
        },
      ];
    const harmless = {
      triggerSource: 'PostConfirmation_ConfirmForgotPassword',
      request: { userAttributes: {} },
    };
    const answer = await installation.callTrigger(harmless);
    const same = JSON.stringify(answer) === JSON.stringify(harmless);
    const fix = fixes.log('post-confirmation');
    return same ? [] : [{ what: 'the trigger does not return its event', fix }];
  },
};

export const roles: Check = {
  name: 'roles',
  run: async (installation) => {
    const found = await Promise.all(
      installation.functions.map(async (name) => {
        const facts = await installation.role(name);
        if (facts === null) return [];
        const { repair } = installation.fixes;
        if (facts === undefined) return [{ what: `the role of ${name} does not exist`, fix: repair }];
        return problemsInRole(name, facts, installation.fixes);
      }),
    );
    return found.flat();
  },
};

function problemsInRole(name: FunctionName, facts: RoleFacts, fixes: Fixes): readonly Problem[] {
  const missing = missingPermissions(facts).map(
    ({ action, resource }) => `${action} on ${shortArn(resource)}`,
  );
  const excess = excessPermissions(facts).map(({ policy, grants, whole }) => {
    const by = policy.kind === 'inline' ? policy.name : policy.arn;
    const removal =
      policy.kind === 'inline'
        ? fixes.dropPolicy(facts.role, policy.name)
        : fixes.detach(facts.role, policy.arn);
    return {
      what: `the policy ${by} allows ${name} more than it needs: ${shortened(grants)}`,
      fix: whole ? removal : fixes.repair,
    };
  });
  return [
    ...(missing.length === 0
      ? []
      : [{ what: `${name} lacks permissions: ${shortened(missing)}`, fix: fixes.repair }]),
    ...excess,
  ];
}

const MAX_SHOWN = 6;

/** Shortens a list, because a managed policy of AWS may have hundreds of actions. */
function shortened(list: readonly string[]): string {
  const more = list.length - MAX_SHOWN;
  return [...list.slice(0, MAX_SHOWN), ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}
