/** Reads the local cloud that runs here, through the environment file that it writes. */
import type { Environment } from '../../adapters/system/environment.ts';
import type { StageConfig } from '../../infra/config.ts';
import { functionsOf } from '../../infra/functions.ts';
import { UsageError } from '../cli/command.ts';
import { awsFacts } from './aws-facts.ts';
import { ADOPT, type Fixes, type Installation } from './installation.ts';

const START = 'npm start';

/** A local cloud has a queue if its functions know one. */
function queueIn(environment: Environment): StageConfig['webhookQueue'] {
  return environment['STRIPE_EVENT_QUEUE_URL'] ? { maxConcurrency: 2 } : null;
}

/** `environment`: the content of `.local/env`. */
export function localInstallation(environment: Environment): Installation {
  const facts = awsFacts(environment['AWS_REGION'] ?? 'us-east-1', { protects: false });
  const api = environment['LOCAL_API_URL'];
  if (api === undefined || api === '') {
    throw new UsageError(
      `No local cloud runs here. Start one with ${START}, name another one with --env-file, or check a stage in AWS with npm run doctor -- --stage dev`,
    );
  }
  const expected = 'post-confirmation';
  const functions = functionsOf({ stores: storesIn(environment), webhookQueue: queueIn(environment) });
  return {
    label: `the local cloud at ${api}`,
    functions,
    isProduction: false,
    fixes: localFixes(),
    reach: async () => {
      const status = fetch(`${api}/_local/status`, { signal: AbortSignal.timeout(5_000) });
      await status.catch(() => {
        throw new UsageError(
          `The local cloud does not respond at ${api}, where it ran last. Start it with ${START}`,
        );
      });
    },
    environments: async () => new Map(functions.map((name) => [name, environment])),
    table: (name) => facts.table(name),
    adoptionComplete: (table) => facts.adoptionComplete(table),
    // The local Cognito always calls this function. Only the pool itself can be missing.
    trigger: async (poolId) => {
      const pool = await facts.poolTrigger(poolId);
      return pool === undefined ? undefined : { calls: expected, expected, permitted: true };
    },
    callTrigger: async (event) => {
      const url = `${api}/2015-03-31/functions/${expected}/invocations`;
      const signal = AbortSignal.timeout(10_000);
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(event), signal });
      return response.json();
    },
    apiUrl: async () => api,
    secret: async (values, name) => values[name],
    role: async () => null,
  };
}

/** The local cloud sells in app stores if its functions have a project in RevenueCat. */
function storesIn(environment: Environment): StageConfig['stores'] {
  const revenueCatProjectId = environment['REVENUECAT_PROJECT_ID'];
  const allowSandbox = environment['ALLOW_SANDBOX_PURCHASES'] === 'true';
  return revenueCatProjectId ? { revenueCatProjectId, allowSandbox } : null;
}

/** Returns the fixes. A start creates what is missing and writes the environment file again; it keeps existing data. */
function localFixes(): Fixes {
  const again = `run ${START}, then run the doctor again in a new terminal`;
  const fresh = `run ${START} -- --ephemeral, which starts without stored data`;
  return {
    reach: START,
    allow: START,
    deploy: START,
    repair: START,
    // A shell keeps the variables that it has loaded, so a new terminal is needed.
    configure: again,
    registerWebhook: again,
    finishRoll: fresh,
    awaitSecret: again,
    setApiKey: again,
    createApiKey: again,
    widenApiKey: again,
    createTrialKey: again,
    stores: {
      createKey: again,
      setKey: again,
      widenKey: again,
      registerWebhook: again,
      rollHeader: again,
      finishRoll: again,
    },
    reconcile: 'npm run reconcile -- --check undelivered_events',
    adopt: ADOPT,
    log: () => 'see the function’s log lines in the terminal of npm start',
    recover: () => START,
    protect: () => START,
    setTrigger: () => START,
    permitTrigger: () => START,
    detach: () => START,
    dropPolicy: () => START,
  };
}
