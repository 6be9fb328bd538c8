/** Which flows there are for each way to begin a sign-in, and which of them the app client allows. */
import type { AppClient } from './app-client.ts';
import type { JsonObject } from './backend.ts';
import { CognitoError } from './error.ts';
import { requireText } from './input.ts';

export type Initiation = 'InitiateAuth' | 'AdminInitiateAuth';
export type Flow = 'srp' | 'password' | 'refresh';

/** The setting of the app client that allows a flow, by the name of the flow. */
const common = {
  USER_SRP_AUTH: 'ALLOW_USER_SRP_AUTH',
  REFRESH_TOKEN_AUTH: 'ALLOW_REFRESH_TOKEN_AUTH',
  REFRESH_TOKEN: 'ALLOW_REFRESH_TOKEN_AUTH',
  CUSTOM_AUTH: 'ALLOW_CUSTOM_AUTH',
  USER_AUTH: 'ALLOW_USER_AUTH',
};

const settings: Readonly<Record<Initiation, Readonly<Record<string, string>>>> = {
  InitiateAuth: { ...common, USER_PASSWORD_AUTH: 'ALLOW_USER_PASSWORD_AUTH' },
  AdminInitiateAuth: {
    ...common,
    ADMIN_USER_PASSWORD_AUTH: 'ALLOW_ADMIN_USER_PASSWORD_AUTH',
    ADMIN_NO_SRP_AUTH: 'ALLOW_ADMIN_USER_PASSWORD_AUTH',
  },
};

const flows: Readonly<Record<string, Flow>> = {
  ALLOW_USER_SRP_AUTH: 'srp',
  ALLOW_USER_PASSWORD_AUTH: 'password',
  ALLOW_ADMIN_USER_PASSWORD_AUTH: 'password',
  ALLOW_REFRESH_TOKEN_AUTH: 'refresh',
};

export function flowOf(operation: Initiation, input: JsonObject, client: AppClient): Flow {
  const name = requireText(input, 'AuthFlow');
  const setting = settings[operation][name];
  if (setting === undefined) throw refused('Initiate Auth method not supported.');
  if (!client.flows.has(setting)) {
    // Cognito does not name the flows of administrators.
    throw refused(`${name.startsWith('ADMIN_') ? 'Auth' : name} flow not enabled for this client`);
  }
  const flow = flows[setting];
  if (flow === undefined) throw refused(`The local Cognito has no ${name}.`);
  return flow;
}

function refused(message: string): CognitoError {
  return new CognitoError('InvalidParameterException', message);
}
