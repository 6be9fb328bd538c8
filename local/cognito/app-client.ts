/** The app client that a request names. As in Cognito, its settings decide which flows it may use. */
import { isJsonObject } from '../http/body.ts';
import type { CognitoBackend, JsonObject } from './backend.ts';
import { CognitoError, isCognitoError } from './error.ts';
import { requireText } from './input.ts';
import { userPoolId } from './pool.ts';

export interface AppClient {
  readonly id: string;
  /** `ALLOW_USER_SRP_AUTH` and the like. */
  readonly flows: ReadonlySet<string>;
  /** Whether answers do not show which users exist (`PreventUserExistenceErrors`). */
  readonly hidesUsers: boolean;
}

export async function clientOf(backend: CognitoBackend, input: JsonObject): Promise<AppClient> {
  const ClientId = requireText(input, 'ClientId');
  const settings = await settingsOf(backend, ClientId);
  const flows = settings['ExplicitAuthFlows'];
  return {
    id: ClientId,
    flows: new Set(Array.isArray(flows) ? flows.map(String) : []),
    hidesUsers: settings['PreventUserExistenceErrors'] === 'ENABLED',
  };
}

async function settingsOf(backend: CognitoBackend, ClientId: string): Promise<JsonObject> {
  try {
    const output = await backend.call('DescribeUserPoolClient', { UserPoolId: userPoolId, ClientId });
    return isJsonObject(output['UserPoolClient']) ? output['UserPoolClient'] : {};
  } catch (error) {
    if (!isCognitoError(error, 'ResourceNotFoundException')) throw error;
    throw new CognitoError(error.type, `User pool client ${ClientId} does not exist.`);
  }
}
