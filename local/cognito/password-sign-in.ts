/**
 * Signs in with a password in one call, for shells, tours and tests. The app client allows SRP alone, as the deployed one does, and
 * a shell cannot compute that.
 */
import { isJsonObject } from '../http/body.ts';
import { CognitoError } from './error.ts';
import type { SignIn } from './sign-in.ts';
import type { Tokens } from './tokens.ts';

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export type PasswordSignIn = (credentials: Credentials) => Promise<Tokens>;

/** Throws a `CognitoError` as a sign-in by SRP does, also for a user who must answer another challenge first. */
export function signInByPassword(signIn: Pick<SignIn, 'withPassword'>): PasswordSignIn {
  return async ({ email, password }) => {
    const output = await signIn.withPassword(email, password);
    const result = output['AuthenticationResult'];
    if (!isJsonObject(result)) {
      throw new CognitoError(
        'InvalidParameterException',
        `Another challenge follows: ${String(output['ChallengeName'])}`,
      );
    }
    return { idToken: String(result['IdToken']), accessToken: String(result['AccessToken']) };
  };
}
