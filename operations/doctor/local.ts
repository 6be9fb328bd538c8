/** The local cloud that runs here, by the file that it writes for people's shells. */
import type { Environment } from '../../adapters/system/environment.ts';
import { functionNames } from '../../contract/functions.ts';
import { UsageError } from '../command.ts';
import { awsFacts } from './aws-facts.ts';
import type { Installation } from './installation.ts';

const start = 'npm start';

/** `environment`: all that `.local/env` says. */
export function localInstallation(environment: Environment): Installation {
  const facts = awsFacts(environment['AWS_REGION'] ?? 'us-east-1', { protects: false });
  const api = environment['LOCAL_API_URL'];
  if (api === undefined || api === '') {
    throw new UsageError(`No local cloud runs here: ${start}. For one in AWS: npm run doctor -- --stage dev`);
  }
  const expected = 'post-confirmation';
  return {
    label: `the local cloud at ${api}`,
    mends: {
      reach: start,
      deploy: start,
      configure: `${start}, and set it in the environment of the functions`,
      registerWebhook: start,
      rollWebhook: start,
      setApiKey: start,
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
    allowedActions: async () => null,
  };
}
