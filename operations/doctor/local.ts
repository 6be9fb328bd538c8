/** The local cloud that runs here, by the file that it writes for people's shells. */
import type { Environment } from '../../adapters/system/environment.ts';
import { functionNames } from '../../contract/functions.ts';
import { UsageError } from '../cli/command.ts';
import { awsFacts } from './aws-facts.ts';
import type { Fixes, Installation } from './installation.ts';

const START = 'npm start';

/** `environment`: all that `.local/env` says. */
export function localInstallation(environment: Environment): Installation {
  const facts = awsFacts(environment['AWS_REGION'] ?? 'us-east-1', { protects: false });
  const api = environment['LOCAL_API_URL'];
  if (api === undefined || api === '') {
    throw new UsageError(
      `No local cloud runs here: ${START}. One of another directory: --env-file. One in AWS: npm run doctor -- --stage dev`,
    );
  }
  const expected = 'post-confirmation';
  return {
    label: `the local cloud at ${api}`,
    fixes: localFixes(),
    reach: async () => {
      const asked = fetch(`${api}/_local/status`, { signal: AbortSignal.timeout(5_000) });
      await asked.catch(() => {
        throw new UsageError(`Nothing answers at ${api}, where the local cloud ran last: ${START}`);
      });
    },
    environments: async () => new Map(functionNames.map((name) => [name, environment])),
    table: (name) => facts.table(name),
    // The local Cognito always calls the one function; what may be missing is the pool.
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

/** A start makes what is missing, and writes the environment anew; it leaves alone what is there and is kept. */
function localFixes(): Fixes {
  const again = `${START}, and look again from a new terminal`;
  const fresh = `${START} -- --ephemeral, which begins with nothing kept`;
  return {
    reach: START,
    allow: START,
    deploy: START,
    repair: START,
    // What a shell has taken in before stands there until it ends.
    configure: again,
    registerWebhook: again,
    finishRoll: fresh,
    awaitSecret: again,
    setApiKey: again,
    createApiKey: again,
    widenApiKey: again,
    createTrialKey: again,
    reconcile: 'npm run reconcile -- --part undelivered',
    log: () => 'the terminal of npm start, which shows what the function says',
    recover: () => START,
    protect: () => START,
    setTrigger: () => START,
    permitTrigger: () => START,
    detach: () => START,
    dropPolicy: () => START,
  };
}
