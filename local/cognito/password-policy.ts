/** The password policy of the deployed pool (infra/stack/pool.ts). */
import { CognitoError } from './error.ts';

export const PASSWORD_MINIMUM_LENGTH = 8;

const MAXIMUM_LENGTH = 256;

/** Cognito counts letters and digits of basic Latin alone, these symbols, and a space that is neither first nor last. */
const required: readonly (readonly [RegExp, string])[] = [
  [/[a-z]/, 'Password must have lowercase characters'],
  [/[A-Z]/, 'Password must have uppercase characters'],
  [/[0-9]/, 'Password must have numeric characters'],
  [/[\^$*.[\]{}()?\-"!@#%&/\\,><':;|_~`+=]|\S \S/, 'Password must have symbol characters'],
];

export function checkPassword(password: string): void {
  if (password.length > MAXIMUM_LENGTH) {
    throw new CognitoError(
      'InvalidParameterException',
      "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must have length less than or equal to 256",
    );
  }
  const failed =
    password.length < PASSWORD_MINIMUM_LENGTH
      ? 'Password not long enough'
      : required.find(([pattern]) => !pattern.test(password))?.[1];
  if (failed === undefined) return;
  throw new CognitoError('InvalidPasswordException', `Password did not conform with policy: ${failed}`);
}
