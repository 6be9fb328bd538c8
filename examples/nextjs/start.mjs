/**
 * Starts the app: `node start.mjs dev|start [--port N]`. It takes its settings from the environment, or else from the local cloud,
 * which runs next to it (`npm start` in the project's root).
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';

const DEFAULT_PORT = '3100';
const DEFAULT_CLOUD = 'http://127.0.0.1:3000';

/** What `lib/settings.ts` reads, from the local cloud. */
async function localSettings() {
  const cloud = process.env.LOCAL_API_URL ?? DEFAULT_CLOUD;
  const answer = await fetch(`${cloud}/_local/status`).catch(() => undefined);
  if (answer?.ok !== true) {
    console.error(
      `No local cloud answers at ${cloud}. Run "npm start" in the project's root first, or set ACCOUNT_API_URL, USER_POOL_ID and USER_POOL_CLIENT_ID to use a deployed stage.`,
    );
    process.exit(1);
  }
  const { urls, ids, confirmationCode } = await answer.json();
  return {
    ACCOUNT_API_URL: urls.api,
    USER_POOL_ID: ids.userPoolId,
    USER_POOL_CLIENT_ID: ids.clientId,
    USER_POOL_ENDPOINT: urls.cognito,
    USER_POOL_ISSUER: urls.issuer,
    CONFIRMATION_CODE: confirmationCode,
  };
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { port: { type: 'string', default: DEFAULT_PORT } },
});
const [command = 'dev'] = positionals;
const settings = process.env.ACCOUNT_API_URL === undefined ? await localSettings() : {};
const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
const child = spawn(process.execPath, [next, command, '--port', values.port], {
  cwd: import.meta.dirname,
  env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...settings },
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 0));
