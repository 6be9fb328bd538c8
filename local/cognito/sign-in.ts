/** Sign-in and tokens: the flows that the deployed app client allows, and no other. */
import { randomUUID } from 'node:crypto';
import { isJsonObject } from '../http/body.ts';
import type { CognitoBackend, JsonObject, UserRecord } from './backend.ts';
import { CognitoError, isCognitoError, notAuthorized } from './error.ts';
import { codeError, requireClient, requireText } from './input.ts';
import { checkPassword } from './password-policy.ts';
import { CLIENT_ID } from './pool.ts';
import { parametersIn, srpSignIn } from './srp-sign-in.ts';
import { ofSignIn, signInOf } from './tokens.ts';

export type Operation = (input: JsonObject) => Promise<JsonObject>;

export interface SignIn {
  readonly operations: ReadonlyMap<string, Operation>;
  /** Signs in with a password, which the app client does not allow. For the tools of the local cloud. */
  withPassword(name: string, password: string): Promise<JsonObject>;
}

const INVALID_REFRESH_TOKEN = 'Invalid Refresh Token';

export function createSignIn(backend: CognitoBackend, nowMs: () => number): SignIn {
  const srp = srpSignIn({ backend, nowMs });
  /** The users who have proven their password and must answer another challenge, by session. */
  const challenged = new Map<string, string>();

  async function complete({
    username,
    password,
    enabled,
  }: Pick<UserRecord, 'username' | 'password' | 'enabled'>) {
    if (!enabled) throw notAuthorized('User is disabled.');
    const AuthParameters = { USERNAME: username, PASSWORD: password };
    const input = { ClientId: CLIENT_ID, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters };
    const output = await backend.call('InitiateAuth', input).catch((error: unknown) => {
      throw isWrongPassword(error) ? notAuthorized('Incorrect username or password.') : error;
    });
    return withSession(username, output);
  }

  async function withSession(username: string, output: JsonObject): Promise<JsonObject> {
    const result = output['AuthenticationResult'];
    if (isJsonObject(result)) {
      return {
        ChallengeParameters: {},
        AuthenticationResult: await ofSignIn(result, String(result['RefreshToken'])),
      };
    }
    const session = randomUUID();
    challenged.set(session, username);
    return { ...output, Session: session };
  }

  async function answerChallenge(input: JsonObject): Promise<JsonObject> {
    const responses = parametersIn(input, 'ChallengeResponses');
    if (input['ChallengeName'] === 'PASSWORD_VERIFIER') return complete(await srp.prove(responses));
    const session = requireText(input, 'Session');
    const username = challenged.get(session);
    const named = await backend.readRecord(requireText(responses, 'USERNAME'));
    if (username === undefined || named?.username !== username) {
      throw notAuthorized('Invalid session for the user.');
    }
    if (input['ChallengeName'] === 'NEW_PASSWORD_REQUIRED')
      checkPassword(requireText(responses, 'NEW_PASSWORD'));
    const output = await backend.call('RespondToAuthChallenge', input).catch((error: unknown) => {
      throw codeError(error);
    });
    challenged.delete(session);
    const result = output['AuthenticationResult'];
    if (isJsonObject(result)) {
      // The emulator forgets the refresh tokens that follow a challenge.
      const RefreshTokens = [...named.refreshTokens, String(result['RefreshToken'])];
      await backend.patchRecord(username, { RefreshTokens });
    }
    return withSession(username, output);
  }

  async function refresh(refreshToken: string): Promise<JsonObject> {
    const AuthParameters = { REFRESH_TOKEN: refreshToken };
    const input = { ClientId: CLIENT_ID, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters };
    const output = await backend.call('InitiateAuth', input).catch((error: unknown) => {
      throw isCognitoError(error, 'NotAuthorizedException') ? notAuthorized(INVALID_REFRESH_TOKEN) : error;
    });
    const result = output['AuthenticationResult'];
    if (!isJsonObject(result)) throw notAuthorized(INVALID_REFRESH_TOKEN);
    const complete = await ofSignIn(result, refreshToken);
    const user = await backend.readRecord(usernameIn(complete));
    if (user?.enabled === false) throw notAuthorized('User is disabled.');
    return { ChallengeParameters: {}, AuthenticationResult: complete };
  }

  async function initiate(input: JsonObject): Promise<JsonObject> {
    requireClient(input);
    const flow = requireText(input, 'AuthFlow');
    const parameters = parametersIn(input, 'AuthParameters');
    if (flow === 'USER_SRP_AUTH') return srp.begin(parameters);
    if (flow === 'REFRESH_TOKEN_AUTH' || flow === 'REFRESH_TOKEN') {
      return refresh(requireText(parameters, 'REFRESH_TOKEN'));
    }
    throw new CognitoError('InvalidParameterException', `${flow} flow not enabled for this client`);
  }

  async function revoke(input: JsonObject): Promise<JsonObject> {
    requireClient(input);
    const token = requireText(input, 'Token');
    const result = await refresh(token).catch(() => undefined);
    const username = isJsonObject(result?.['AuthenticationResult'])
      ? usernameIn(result['AuthenticationResult'])
      : undefined;
    const user = username === undefined ? undefined : await backend.readRecord(username);
    // A token that is revoked or expired already is no error.
    if (user !== undefined) await endSignIns(backend, user, { refreshTokens: [token] });
    return {};
  }

  return {
    operations: new Map<string, Operation>([
      ['InitiateAuth', initiate],
      ['AdminInitiateAuth', initiate],
      ['RespondToAuthChallenge', answerChallenge],
      ['AdminRespondToAuthChallenge', answerChallenge],
      [
        'GetTokensFromRefreshToken',
        async (input) => {
          requireClient(input);
          const { AuthenticationResult } = await refresh(requireText(input, 'RefreshToken'));
          return { AuthenticationResult };
        },
      ],
      ['RevokeToken', revoke],
      [
        'AdminUserGlobalSignOut',
        async (input) => {
          const user = await backend.readRecord(requireText(input, 'Username'));
          if (user === undefined) throw new CognitoError('UserNotFoundException', 'User does not exist.');
          await endSignIns(backend, user, user);
          return {};
        },
      ],
    ]),
    withPassword: async (name, password) => {
      const user = await backend.readRecord(name);
      if (user === undefined) throw notAuthorized('Incorrect username or password.');
      return complete({ ...user, password });
    },
  };
}

/** Ends sign-ins: their refresh tokens are gone, and Cognito refuses their access tokens. Others accept those until they expire. */
export async function endSignIns(
  backend: CognitoBackend,
  user: UserRecord,
  {
    refreshTokens,
    signIns = [],
  }: { readonly refreshTokens: readonly string[]; readonly signIns?: readonly string[] },
): Promise<void> {
  await backend.patchRecord(user.username, {
    RefreshTokens: user.refreshTokens.filter((token) => !refreshTokens.includes(token)),
    RevokedSignIns: [...user.revokedSignIns, ...refreshTokens.map(signInOf), ...signIns],
  });
}

function usernameIn(result: JsonObject): string {
  const [, payload = ''] = String(result['AccessToken']).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
    readonly username: string;
  };
  return claims.username;
}

function isWrongPassword(error: unknown): boolean {
  return isCognitoError(error, 'InvalidPasswordException') || isCognitoError(error, 'NotAuthorizedException');
}
