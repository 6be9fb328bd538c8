/** A user of the app, who acts as a browser or a phone would: through Cognito, the API and the pages of the payers. */
import { randomUUID } from 'node:crypto';
import { isJsonObject } from '../http/body.ts';
import { parentHeaders } from '../recording/context.ts';
import { ScenarioFailure } from './failure.ts';

export interface AppFacts {
  readonly api: string;
  readonly cognito: string;
  readonly revenuecat: string;
  readonly clientId: string;
  readonly confirmationCode: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Person {
  readonly sub: string;
  readonly email: string;
  /** Signs in, and calls a route of the account API. */
  call(method: 'GET' | 'POST' | 'DELETE', route: string, body?: object): Promise<ApiAnswer>;
  /** Pays at the Checkout page of the URL. */
  pay(checkoutUrl: string): Promise<void>;
  /** Buys a product on the user's iPhone. */
  buyOnPhone(product: string): Promise<void>;
}

const PASSWORD = 'Correct-horse-1';
const GOOD_CARD = '4242424242424242';

export interface SignUpOptions {
  /** The confirmation answers with an error, as when the trigger dies. The user is confirmed nevertheless. */
  readonly triggerFails?: boolean;
}

/** Signs up and confirms. `name` begins the address. */
export async function signUpPerson(
  facts: AppFacts,
  name: string,
  { triggerFails = false }: SignUpOptions = {},
): Promise<Person> {
  const email = `${name}-${randomUUID().slice(0, 6)}@example.com`;
  const UserAttributes = [{ Name: 'email', Value: email }];
  const signedUp = await cognito(facts, 'SignUp', { Username: email, Password: PASSWORD, UserAttributes });
  const confirmation = { Username: email, ConfirmationCode: facts.confirmationCode };
  const failure = await cognito(facts, 'ConfirmSignUp', confirmation).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
  if (failure !== undefined && !triggerFails) throw failure;
  if (failure === undefined && triggerFails) throw new ScenarioFailure('The trigger did not fail.');
  return personOf(facts, { sub: String(signedUp['UserSub']), email });
}

function personOf(facts: AppFacts, { sub, email }: Pick<Person, 'sub' | 'email'>): Person {
  let token: Promise<string> | undefined;
  return {
    sub,
    email,
    async call(method, route, body) {
      token ??= signIn(facts, email);
      const response = await fetch(`${facts.api}${route}`, {
        method,
        headers: {
          ...parentHeaders(),
          authorization: `Bearer ${await token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await objectIn(response) };
    },
    async pay(url) {
      const body = new URLSearchParams({ card: GOOD_CARD });
      const answer = await fetch(url, { method: 'POST', body, redirect: 'manual', headers: parentHeaders() });
      if (answer.status !== 303)
        throw new ScenarioFailure(`Checkout answered ${answer.status} to the payment.`);
    },
    async buyOnPhone(product) {
      const url = `${facts.revenuecat}/_simulator/customers/${sub}/purchase`;
      const headers = parentHeaders();
      const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ product }), headers });
      if (!answer.ok) throw new ScenarioFailure(`The App Store answered ${answer.status} to the purchase.`);
    },
  };
}

async function signIn(facts: AppFacts, email: string): Promise<string> {
  const body = JSON.stringify({ email, password: PASSWORD });
  const response = await fetch(`${facts.api}/_local/sign-in`, { method: 'POST', body });
  const { idToken, message } = await objectIn(response);
  if (typeof idToken === 'string') return idToken;
  throw new ScenarioFailure(`Cognito refused the sign-in: ${String(message)}`);
}

async function cognito(
  facts: AppFacts,
  operation: string,
  input: object,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(facts.cognito, {
    method: 'POST',
    headers: {
      ...parentHeaders(),
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
    },
    body: JSON.stringify({ ClientId: facts.clientId, ...input }),
  });
  const answer = await objectIn(response);
  if (response.ok) return answer;
  throw new ScenarioFailure(`${operation}: ${String(answer['message'] ?? answer['__type'])}`);
}

async function objectIn(response: Response): Promise<Readonly<Record<string, unknown>>> {
  const answer: unknown = await response.json().catch(() => undefined);
  return isJsonObject(answer) ? answer : {};
}
