/** Sign-in: the flows that the app client allows, and the challenges that follow them. */
import { isJsonObject } from '../http/body.ts';
import { type AppClient, clientOf } from './app-client.ts';
import type { CognitoBackend, JsonObject, Operation, UserRecord } from './backend.ts';
import { type ChallengeSessions, challengeSessions } from './challenge-sessions.ts';
import { CognitoError, notAuthorized } from './error.ts';
import { flowOf, type Initiation } from './flows.ts';
import { codeError, parametersIn, requirePool, requireText } from './input.ts';
import { attributesInResponses, newPasswordParameters } from './new-password.ts';
import { checkPassword } from './password-policy.ts';
import { CLIENT_ID } from './pool.ts';
import { type Refresh, refreshOf, refreshOperations } from './refresh.ts';
import { type SrpSignIn, srpSignIn } from './srp-sign-in.ts';
import { ofSignIn } from './tokens.ts';

export interface SignIn {
  readonly operations: ReadonlyMap<string, Operation>;
  /** Signs in with a password, which the app client does not allow. For the tools of the local cloud. */
  withPassword(name: string, password: string): Promise<JsonObject>;
}

interface Parts {
  readonly backend: CognitoBackend;
  readonly srp: SrpSignIn;
  readonly refresh: Refresh;
  readonly sessions: ChallengeSessions<Challenged>;
}

/** A user who has proven the password, and must answer another challenge. */
interface Challenged {
  readonly clientId: string;
  readonly username: string;
}

interface Proven {
  readonly user: UserRecord;
  readonly client: AppClient;
}

export function createSignIn(backend: CognitoBackend, nowMs: () => number): SignIn {
  const srp = srpSignIn({ backend, nowMs });
  const parts = { backend, srp, refresh: refreshOf(backend), sessions: challengeSessions<Challenged>(nowMs) };
  const answer = answerChallenge(parts);
  const adminAnswer: Operation = async (input) => {
    requirePool(input);
    return answer(input);
  };
  return {
    operations: new Map<string, Operation>([
      ['InitiateAuth', initiate(parts, 'InitiateAuth')],
      ['AdminInitiateAuth', initiate(parts, 'AdminInitiateAuth')],
      ['RespondToAuthChallenge', answer],
      ['AdminRespondToAuthChallenge', adminAnswer],
      ...refreshOperations(backend),
    ]),
    withPassword: async (name, password) => {
      const client = await clientOf(backend, { ClientId: CLIENT_ID });
      return byPassword(parts, { USERNAME: name, PASSWORD: password }, client);
    },
  };
}

function initiate(parts: Parts, operation: Initiation): Operation {
  return async (input) => {
    if (operation === 'AdminInitiateAuth') requirePool(input);
    const client = await clientOf(parts.backend, input);
    const flow = flowOf(operation, input, client);
    const parameters = parametersIn(input, 'AuthParameters');
    if (flow === 'srp') return parts.srp.begin(parameters, client);
    if (flow === 'password') return byPassword(parts, parameters, client);
    return parts.refresh(requireText(parameters, 'REFRESH_TOKEN'), client);
  };
}

async function byPassword(parts: Parts, parameters: JsonObject, client: AppClient): Promise<JsonObject> {
  const user = await parts.backend.readRecord(requireText(parameters, 'USERNAME'));
  const password = requireText(parameters, 'PASSWORD');
  if (user === undefined && !client.hidesUsers) {
    throw new CognitoError('UserNotFoundException', 'User does not exist.');
  }
  if (user?.password !== password) throw notAuthorized('Incorrect username or password.');
  return complete(parts, { user, client });
}

function answerChallenge(parts: Parts): Operation {
  return async (input) => {
    const client = await clientOf(parts.backend, input);
    const responses = parametersIn(input, 'ChallengeResponses');
    if (input['ChallengeName'] === 'PASSWORD_VERIFIER') {
      return complete(parts, { user: await parts.srp.prove(responses, client), client });
    }
    const session = requireText(input, 'Session');
    const { clientId, username } = parts.sessions.read(session);
    const user = await parts.backend.readRecord(requireText(responses, 'USERNAME'));
    if (user?.username !== username || clientId !== client.id) {
      throw notAuthorized('Invalid session for the user.');
    }
    if (!user.enabled) throw notAuthorized('User is disabled.');
    const isNewPassword = input['ChallengeName'] === 'NEW_PASSWORD_REQUIRED';
    if (isNewPassword) checkPassword(requireText(responses, 'NEW_PASSWORD'));
    const added = isNewPassword ? attributesInResponses(responses, user) : {};
    const output = await parts.backend.call('RespondToAuthChallenge', input).catch((error: unknown) => {
      throw codeError(error);
    });
    parts.sessions.close(session);
    const attributes = { ...user.attributes, ...added };
    await keepAnswer(parts.backend, { ...user, attributes }, output);
    return withTokensOrSession(parts, { user: { ...user, attributes }, client }, output);
  };
}

/** Saves what the emulator forgets after a challenge: the refresh token, and the attributes that came with a password. */
async function keepAnswer(backend: CognitoBackend, user: UserRecord, output: JsonObject): Promise<void> {
  const result = output['AuthenticationResult'];
  if (!isJsonObject(result)) return;
  await backend.patchRecord(user.username, {
    RefreshTokens: [...user.refreshTokens, String(result['RefreshToken'])],
    Attributes: Object.entries(user.attributes).map(([Name, Value]) => ({ Name, Value })),
  });
}

/** Goes on after the password is proven. */
async function complete(parts: Parts, { user, client }: Proven): Promise<JsonObject> {
  if (!user.enabled) throw notAuthorized('User is disabled.');
  const AuthParameters = { USERNAME: user.username, PASSWORD: user.password };
  const input = { ClientId: client.id, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters };
  return withTokensOrSession(parts, { user, client }, await parts.backend.call('InitiateAuth', input));
}

async function withTokensOrSession(
  { sessions }: Parts,
  { user, client }: Proven,
  output: JsonObject,
): Promise<JsonObject> {
  const result = output['AuthenticationResult'];
  if (isJsonObject(result)) {
    const AuthenticationResult = await ofSignIn(result, String(result['RefreshToken']), user);
    return { ChallengeParameters: {}, AuthenticationResult };
  }
  const Session = sessions.open({ clientId: client.id, username: user.username });
  return output['ChallengeName'] === 'NEW_PASSWORD_REQUIRED'
    ? { ...output, Session, ChallengeParameters: newPasswordParameters(user) }
    : { ...output, Session };
}
