/** The password policy of the deployed pool (infra/stack/pool.ts). */
import { CognitoError } from './error.ts';

export const PASSWORD_MINIMUM_LENGTH = 8;

const required: readonly (readonly [RegExp, string])[] = [
  [/\p{Ll}/u, 'Password must have lowercase characters'],
  [/\p{Lu}/u, 'Password must have uppercase characters'],
  [/\p{Nd}/u, 'Password must have numeric characters'],
  [/[^\p{L}\p{N}\s]/u, 'Password must have symbol characters'],
];

export function checkPassword(password: string): void {
  const failed =
    password.length < PASSWORD_MINIMUM_LENGTH
      ? 'Password not long enough'
      : required.find(([pattern]) => !pattern.test(password))?.[1];
  if (failed === undefined) return;
  throw new CognitoError('InvalidPasswordException', `Password did not conform with policy: ${failed}`);
}
