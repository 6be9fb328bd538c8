/** The first half of a sign-in by SRP: the challenge, whose answer proves the password. */
import { createHmac, randomBytes } from 'node:crypto';
import { isJsonObject } from '../http/body.ts';
import type { CognitoBackend, JsonObject, UserRecord } from './backend.ts';
import { CognitoError, notAuthorized } from './error.ts';
import { requireText } from './input.ts';
import { userPoolId } from './pool.ts';
import { type SrpChallenge, srpChallenge } from './srp.ts';

export interface SrpSignIn {
  /** Answers `InitiateAuth` with `USER_SRP_AUTH`. */
  begin(parameters: JsonObject): Promise<JsonObject>;
  /** Returns the user whose password the answer proves. Each challenge can be answered once. */
  prove(responses: JsonObject): Promise<UserRecord>;
}

interface Pending {
  readonly username: string;
  readonly challenge: SrpChallenge;
  /** False for a user who does not exist: the challenge is only for show. */
  readonly isUser: boolean;
  readonly untilMs: number;
}

/** Cognito's session of an authentication lasts three minutes. */
const SESSION_MS = 3 * 60_000;
const SALT_BYTES = 16;
const SECRET_BLOCK_BYTES = 1_024;
const POOL_NAME = userPoolId.replace(/^.*_/, '');
/** As Java formats dates: `Sat Nov 28 09:05:00 UTC 2026`. */
const TIMESTAMP =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{1,2} \d{1,2}:\d{2}:\d{2} UTC \d{4}$/;

export function srpSignIn({
  backend,
  nowMs,
}: {
  readonly backend: CognitoBackend;
  readonly nowMs: () => number;
}): SrpSignIn {
  const pending = new Map<string, Pending>();
  // The salt and the id of a name stay the same, so that they do not show which names exist.
  const seed = randomBytes(SALT_BYTES);
  const derived = (purpose: string, name: string) =>
    createHmac('sha256', seed).update(`${purpose}:${name}`).digest('hex');

  return {
    async begin(parameters) {
      const name = requireText(parameters, 'USERNAME');
      const publicA = requireText(parameters, 'SRP_A');
      const user = await backend.readRecord(name);
      const userId = user?.username ?? uuidFrom(derived('id', name.toLowerCase()));
      const salt = derived('salt', userId).slice(0, 2 * SALT_BYTES);
      const password = user?.password ?? randomBytes(SALT_BYTES).toString('hex');
      const challenge = srpChallenge({ poolName: POOL_NAME, userId, password, salt }, publicA);
      if (challenge === undefined) {
        throw new CognitoError('InvalidParameterException', 'SRP_A is not a number of the group.');
      }
      forgetExpired(pending, nowMs());
      const secretBlock = randomBytes(SECRET_BLOCK_BYTES).toString('base64');
      pending.set(secretBlock, {
        username: userId,
        challenge,
        isUser: user !== undefined,
        untilMs: nowMs() + SESSION_MS,
      });
      return {
        ChallengeName: 'PASSWORD_VERIFIER',
        ChallengeParameters: {
          SALT: salt,
          SECRET_BLOCK: secretBlock,
          SRP_B: challenge.publicB,
          USERNAME: userId,
          USER_ID_FOR_SRP: userId,
        },
      };
    },

    async prove(responses) {
      const secretBlock = requireText(responses, 'PASSWORD_CLAIM_SECRET_BLOCK');
      const signature = requireText(responses, 'PASSWORD_CLAIM_SIGNATURE');
      const timestamp = requireText(responses, 'TIMESTAMP');
      if (!TIMESTAMP.test(timestamp)) {
        throw new CognitoError(
          'InvalidParameterException',
          'TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.',
        );
      }
      const found = pending.get(secretBlock);
      pending.delete(secretBlock);
      if (found === undefined || found.untilMs < nowMs())
        throw notAuthorized('Invalid session for the user.');
      const isProven = found.isUser && found.challenge.verify({ secretBlock, timestamp, signature });
      const user = isProven ? await backend.readRecord(found.username) : undefined;
      if (user === undefined) throw notAuthorized('Incorrect username or password.');
      return user;
    },
  };
}

export function parametersIn(input: JsonObject, name: string): JsonObject {
  const parameters = input[name];
  if (isJsonObject(parameters)) return parameters;
  throw new CognitoError('InvalidParameterException', `Missing required parameter ${name}`);
}

function forgetExpired(pending: Map<string, Pending>, nowMs: number): void {
  for (const [key, { untilMs }] of pending) if (untilMs < nowMs) pending.delete(key);
}

function uuidFrom(hex: string): string {
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-a$4-$5');
}
