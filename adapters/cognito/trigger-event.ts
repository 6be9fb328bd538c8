/** Reads the new user from Cognito's post-confirmation event. */
import type { NewUser } from '../../core/account/sign-up.ts';
import { isSub } from '../../core/account/sub.ts';
import { recordAt, recordIn, textAt, valueAt } from '../../core/system/record.ts';

export type TriggerReading =
  | { readonly kind: 'sign_up'; readonly user: NewUser }
  /** Not a sign-up, such as the password reset of an existing user. Nothing has to be done. */
  | { readonly kind: 'other'; readonly triggerSource: string }
  | { readonly kind: 'malformed' };

/** Sent when the user or an admin confirms a sign-up, and at the first sign-in of a federated user. */
const SIGN_UP = 'PostConfirmation_ConfirmSignUp';

export function readTriggerEvent(value: unknown): TriggerReading {
  const event = recordIn(value);
  const triggerSource = textAt(event, 'triggerSource');
  if (triggerSource === null) return { kind: 'malformed' };
  if (triggerSource !== SIGN_UP) return { kind: 'other', triggerSource };
  const poolId = textAt(event, 'userPoolId');
  const attributes = recordAt(recordAt(event, 'request'), 'userAttributes');
  const sub = valueAt(attributes, 'sub');
  if (poolId === null || !isSub(sub)) return { kind: 'malformed' };
  const givenName = textAt(attributes, 'given_name');
  const familyName = textAt(attributes, 'family_name');
  return {
    kind: 'sign_up',
    user: {
      poolId,
      sub,
      // Users who sign up by phone have no email address.
      email: textAt(attributes, 'email'),
      emailVerified: textAt(attributes, 'email_verified') === 'true',
      givenName,
      familyName,
      name: textAt(attributes, 'name') ?? joined(givenName, familyName),
    },
  };
}

function joined(...parts: readonly (string | null)[]): string | null {
  const name = parts.filter((part) => part !== null).join(' ');
  return name === '' ? null : name;
}
