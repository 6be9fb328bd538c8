/** What becomes of a sign-in: its tokens are refreshed, and it ends when it is revoked or the user signs out everywhere. */
import { isJsonObject } from '../http/body.ts';
import { type AppClient, clientOf } from './app-client.ts';
import type { CognitoBackend, JsonObject, Operation, UserRecord } from './backend.ts';
import { CognitoError, isCognitoError, notAuthorized } from './error.ts';
import { requireText } from './input.ts';
import { claimsOf, ofSignIn, readRefreshToken, signInOf } from './tokens.ts';

export type Refresh = (refreshToken: string, client: AppClient) => Promise<JsonObject>;

/** Returns the function that answers a refresh. The answer has no refresh token: the pool does not rotate them. */
export function refreshOf(backend: CognitoBackend): Refresh {
  return async (refreshToken, client) => {
    const user = await ownerOf(backend, refreshToken);
    if (!user.enabled) throw notAuthorized('User is disabled.');
    const input = {
      ClientId: client.id,
      AuthFlow: 'REFRESH_TOKEN_AUTH',
      AuthParameters: { REFRESH_TOKEN: refreshToken },
    };
    const { AuthenticationResult: result } = await backend.call('InitiateAuth', input);
    if (!isJsonObject(result)) throw notAuthorized('Invalid Refresh Token');
    return {
      ChallengeParameters: {},
      AuthenticationResult: await ofSignIn(result, refreshToken, user),
    };
  };
}

export function refreshOperations(backend: CognitoBackend): ReadonlyMap<string, Operation> {
  const refresh = refreshOf(backend);
  return new Map<string, Operation>([
    [
      'GetTokensFromRefreshToken',
      async (input) => {
        const client = await clientOf(backend, input);
        const { AuthenticationResult } = await refresh(requireText(input, 'RefreshToken'), client);
        return { AuthenticationResult };
      },
    ],
    [
      'RevokeToken',
      async (input) => {
        await clientOf(backend, input);
        await revoke(backend, requireText(input, 'Token'));
        return {};
      },
    ],
    [
      'AdminUserGlobalSignOut',
      async (input) => {
        const user = await backend.readRecord(requireText(input, 'Username'));
        if (user === undefined) throw new CognitoError('UserNotFoundException', 'User does not exist.');
        await endSignIns(backend, user, user);
        return {};
      },
    ],
  ]);
}

/** A token that is unknown or already revoked is no error. */
async function revoke(backend: CognitoBackend, token: string): Promise<void> {
  if ((await claimsOf(token))?.['token_use'] !== undefined) {
    throw new CognitoError('UnsupportedTokenTypeException', 'Unsupported token type');
  }
  try {
    await endSignIns(backend, await ownerOf(backend, token), { refreshTokens: [token] });
  } catch (error) {
    if (!isCognitoError(error, 'NotAuthorizedException')) throw error;
  }
}

/** Returns the user whose sign-in the refresh token continues, or throws Cognito's error. */
async function ownerOf(backend: CognitoBackend, refreshToken: string): Promise<UserRecord> {
  const username = await readRefreshToken(refreshToken);
  const user = await backend.readRecord(username);
  if (user?.refreshTokens.includes(refreshToken) !== true)
    throw notAuthorized('Refresh Token has been revoked');
  return user;
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
