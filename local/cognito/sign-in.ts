/** Sign-in: the flows that the app client allows, and the challenges that follow them. */
import { isJsonObject } from '../http/body.ts';
import { type AppClient, clientOf } from './app-client.ts';
import type { CognitoBackend, JsonObject, UserRecord } from './backend.ts';
import { challengeSessions } from './challenge-sessions.ts';
import { CognitoError, notAuthorized } from './error.ts';
import { codeError, parametersIn, requirePool, requireText } from './input.ts';
import { attributesInResponses, newPasswordParameters } from './new-password.ts';
import { checkPassword } from './password-policy.ts';
import { CLIENT_ID } from './pool.ts';
import { refreshOf, refreshOperations } from './refresh.ts';
import { srpSignIn } from './srp-sign-in.ts';
import { ofSignIn } from './tokens.ts';

export type Operation = (input: JsonObject) => Promise<JsonObject>;

export interface SignIn {
  readonly operations: ReadonlyMap<string, Operation>;
  /** Signs in with a password, which the app client does not allow. For the tools of the local cloud. */
  withPassword(name: string, password: string): Promise<JsonObject>;
}

/** Who has proven the password, and must answer another challenge. */
interface Challenged {
  readonly clientId: string;
  readonly username: string;
}

const INCORRECT = 'Incorrect username or password.';

/** The flows of each operation, and the setting of the app client that allows them. */
const flowsOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  InitiateAuth: {
    USER_SRP_AUTH: 'ALLOW_USER_SRP_AUTH',
    USER_PASSWORD_AUTH: 'ALLOW_USER_PASSWORD_AUTH',
    REFRESH_TOKEN_AUTH: 'ALLOW_REFRESH_TOKEN_AUTH',
    REFRESH_TOKEN: 'ALLOW_REFRESH_TOKEN_AUTH',
    CUSTOM_AUTH: 'ALLOW_CUSTOM_AUTH',
    USER_AUTH: 'ALLOW_USER_AUTH',
  },
  AdminInitiateAuth: {
    USER_SRP_AUTH: 'ALLOW_USER_SRP_AUTH',
    ADMIN_USER_PASSWORD_AUTH: 'ALLOW_ADMIN_USER_PASSWORD_AUTH',
    ADMIN_NO_SRP_AUTH: 'ALLOW_ADMIN_USER_PASSWORD_AUTH',
    REFRESH_TOKEN_AUTH: 'ALLOW_REFRESH_TOKEN_AUTH',
    REFRESH_TOKEN: 'ALLOW_REFRESH_TOKEN_AUTH',
    CUSTOM_AUTH: 'ALLOW_CUSTOM_AUTH',
    USER_AUTH: 'ALLOW_USER_AUTH',
  },
};

export function createSignIn(backend: CognitoBackend, nowMs: () => number): SignIn {
  const srp = srpSignIn({ backend, nowMs });
  const refresh = refreshOf(backend);
  const sessions = challengeSessions<Challenged>(nowMs);

  /** Goes on after the password is proven. */
  async function complete(user: UserRecord, client: AppClient) {
    if (!user.enabled) throw notAuthorized('User is disabled.');
    const AuthParameters = { USERNAME: user.username, PASSWORD: user.password };
    const input = { ClientId: client.id, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters };
    return withSession(user, client, await backend.call('InitiateAuth', input));
  }

  async function withSession(user: UserRecord, client: AppClient, output: JsonObject): Promise<JsonObject> {
    const result = output['AuthenticationResult'];
    if (isJsonObject(result)) {
      const refreshToken = String(result['RefreshToken']);
      return {
        ChallengeParameters: {},
        AuthenticationResult: await ofSignIn(result, refreshToken, user),
      };
    }
    const Session = sessions.open({ clientId: client.id, username: user.username });
    return output['ChallengeName'] === 'NEW_PASSWORD_REQUIRED'
      ? { ...output, Session, ChallengeParameters: newPasswordParameters(user) }
      : { ...output, Session };
  }

  async function byPassword(parameters: JsonObject, client: AppClient): Promise<JsonObject> {
    const user = await backend.readRecord(requireText(parameters, 'USERNAME'));
    const password = requireText(parameters, 'PASSWORD');
    if (user === undefined && !client.hidesUsers) {
      throw new CognitoError('UserNotFoundException', 'User does not exist.');
    }
    if (user?.password !== password) throw notAuthorized(INCORRECT);
    return complete(user, client);
  }

  function initiate(operation: 'InitiateAuth' | 'AdminInitiateAuth'): Operation {
    return async (input) => {
      if (operation === 'AdminInitiateAuth') requirePool(input);
      const client = await clientOf(backend, input);
      const flow = requireText(input, 'AuthFlow');
      const allowedBy = flowsOf[operation]?.[flow];
      if (allowedBy === undefined) {
        throw new CognitoError('InvalidParameterException', 'Initiate Auth method not supported.');
      }
      if (!client.flows.has(allowedBy)) throw notAllowed(flow);
      const parameters = parametersIn(input, 'AuthParameters');
      if (allowedBy === 'ALLOW_USER_SRP_AUTH') return srp.begin(parameters, client);
      if (allowedBy === 'ALLOW_REFRESH_TOKEN_AUTH') {
        return refresh(requireText(parameters, 'REFRESH_TOKEN'), client);
      }
      if (allowedBy.endsWith('USER_PASSWORD_AUTH')) return byPassword(parameters, client);
      throw new CognitoError('InvalidParameterException', `The local Cognito has no ${flow}.`);
    };
  }

  async function answerChallenge(input: JsonObject): Promise<JsonObject> {
    const client = await clientOf(backend, input);
    const responses = parametersIn(input, 'ChallengeResponses');
    if (input['ChallengeName'] === 'PASSWORD_VERIFIER') {
      return complete(await srp.prove(responses, client), client);
    }
    const session = requireText(input, 'Session');
    const { clientId, username } = sessions.read(session);
    const user = await backend.readRecord(requireText(responses, 'USERNAME'));
    if (user?.username !== username || clientId !== client.id) {
      throw notAuthorized('Invalid session for the user.');
    }
    if (!user.enabled) throw notAuthorized('User is disabled.');
    const isNewPassword = input['ChallengeName'] === 'NEW_PASSWORD_REQUIRED';
    if (isNewPassword) checkPassword(requireText(responses, 'NEW_PASSWORD'));
    const added = isNewPassword ? attributesInResponses(responses, user) : {};
    const output = await backend.call('RespondToAuthChallenge', input).catch((error: unknown) => {
      throw codeError(error);
    });
    sessions.close(session);
    return withSession(await keepAnswer(user, output, added), client, output);
  }

  /** Saves what the emulator forgets after a challenge: the refresh token, and the attributes that came with a password. */
  async function keepAnswer(
    user: UserRecord,
    output: JsonObject,
    added: Readonly<Record<string, string>>,
  ): Promise<UserRecord> {
    const result = output['AuthenticationResult'];
    if (!isJsonObject(result)) return user;
    const attributes = { ...user.attributes, ...added };
    await backend.patchRecord(user.username, {
      RefreshTokens: [...user.refreshTokens, String(result['RefreshToken'])],
      Attributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    });
    return { ...user, attributes };
  }

  const adminAnswer: Operation = async (input) => {
    requirePool(input);
    return answerChallenge(input);
  };
  return {
    operations: new Map<string, Operation>([
      ['InitiateAuth', initiate('InitiateAuth')],
      ['AdminInitiateAuth', initiate('AdminInitiateAuth')],
      ['RespondToAuthChallenge', answerChallenge],
      ['AdminRespondToAuthChallenge', adminAnswer],
      ...refreshOperations(backend),
    ]),
    withPassword: async (name, password) => {
      const client = await clientOf(backend, { ClientId: CLIENT_ID });
      return byPassword({ USERNAME: name, PASSWORD: password }, client);
    },
  };
}

function notAllowed(flow: string): CognitoError {
  const which = flow.startsWith('ADMIN_') ? 'Auth' : flow;
  return new CognitoError('InvalidParameterException', `${which} flow not enabled for this client`);
}
