/** Signs users in through Google, Apple or another identity provider, which the emulator does not support. */
import { randomUUID } from 'node:crypto';
import type { CognitoBackend } from './backend.ts';
import { CognitoError } from './error.ts';
import { userPoolId } from './pool.ts';
import type { ConfirmationTrigger } from './post-confirmation.ts';
import { mintTokens, type Tokens } from './tokens.ts';

export interface FederatedSignIn {
  /** `Google`, `SignInWithApple`, or the name of another provider. */
  readonly provider: string;
  /** The user's id at the provider. */
  readonly id: string;
  readonly email: string;
}

export interface FederatedUser extends Tokens {
  readonly username: string;
  readonly sub: string;
}

export interface FederationDeps {
  readonly backend: CognitoBackend;
  readonly trigger: ConfirmationTrigger;
  readonly issuer: string;
}

export type SignInFederated = (signIn: FederatedSignIn) => Promise<FederatedUser>;

/** The first sign-in creates the user and fires the trigger. Later sign-ins only return tokens. */
export function federatedSignIn({ backend, trigger, issuer }: FederationDeps): SignInFederated {
  return async (signIn) => {
    const username = `${signIn.provider}_${signIn.id}`;
    if (!/^[\w-]+$/.test(signIn.provider) || signIn.id === '' || signIn.email === '') {
      throw new CognitoError(
        'InvalidParameterException',
        'provider, id and email are required, and provider may contain only letters, digits, _ and -',
      );
    }
    const known = await backend.findUser(username);
    const sub = known?.attributes['sub'] ?? randomUUID();
    const identities = [identityOf(signIn)];
    if (known === undefined) {
      const attributes = { sub, email: signIn.email, identities: JSON.stringify(identities) };
      await saveUser(backend, username, attributes);
      await trigger({
        source: 'PostConfirmation_ConfirmSignUp',
        user: { username, status: 'EXTERNAL_PROVIDER', attributes },
      });
    }
    const groups = [`${userPoolId}_${signIn.provider}`];
    const tokens = await mintTokens({ username, sub, email: signIn.email, groups, identities }, issuer);
    return { username, sub, ...tokens };
  };
}

async function saveUser(
  backend: CognitoBackend,
  username: string,
  attributes: Readonly<Record<string, string>>,
): Promise<void> {
  await backend.call('LocalSaveUser', {
    UserPoolId: userPoolId,
    User: {
      Username: username,
      // A federated user has no password, so this one is random and is not stored anywhere else.
      Password: randomUUID(),
      Attributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
      Enabled: true,
      UserStatus: 'EXTERNAL_PROVIDER',
      RefreshTokens: [],
    },
  });
}

const providerTypes: Readonly<Record<string, string>> = {
  Google: 'Google',
  Facebook: 'Facebook',
  LoginWithAmazon: 'LoginWithAmazon',
  SignInWithApple: 'SignInWithApple',
};

function identityOf({ provider, id }: FederatedSignIn): unknown {
  return {
    userId: id,
    providerName: provider,
    providerType: providerTypes[provider] ?? 'OIDC',
    issuer: null,
    primary: 'true',
    dateCreated: String(Date.now()),
  };
}
