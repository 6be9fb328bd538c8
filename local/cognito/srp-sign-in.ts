/** The first half of a sign-in by SRP: the challenge, whose answer proves the password. */
import { createHmac, randomBytes } from 'node:crypto';
import type { AppClient } from './app-client.ts';
import type { CognitoBackend, JsonObject, UserRecord } from './backend.ts';
import { challengeSessions } from './challenge-sessions.ts';
import { CognitoError, notAuthorized } from './error.ts';
import { requireText } from './input.ts';
import { userPoolId } from './pool.ts';
import { type SrpChallenge, srpChallenge } from './srp.ts';

export interface SrpSignIn {
  /** Answers `InitiateAuth` with `USER_SRP_AUTH`. */
  begin(parameters: JsonObject, client: AppClient): Promise<JsonObject>;
  /** Returns the user whose password the answer proves. Each challenge can be answered once. */
  prove(responses: JsonObject, client: AppClient): Promise<UserRecord>;
}

interface Pending {
  readonly clientId: string;
  readonly userId: string;
  /** The name that the client signs in with. */
  readonly name: string;
  readonly challenge: SrpChallenge;
  /** Undefined for a user who does not exist: the challenge is only for show. */
  readonly password: string | undefined;
}

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
  const pending = challengeSessions<Pending>(nowMs);
  // The salt and the id of a name stay the same, so that they do not show which names exist.
  const seed = randomBytes(SALT_BYTES);
  const derived = (purpose: string, name: string) =>
    createHmac('sha256', seed).update(`${purpose}:${name}`).digest('hex');

  return {
    async begin(parameters, client) {
      const name = requireText(parameters, 'USERNAME');
      const publicA = requireText(parameters, 'SRP_A');
      const user = await backend.readRecord(name);
      if (user === undefined && !client.hidesUsers) {
        throw new CognitoError('UserNotFoundException', 'User does not exist.');
      }
      const userId = user?.username ?? uuidFrom(derived('id', name.toLowerCase()));
      const salt = derived('salt', userId).slice(0, 2 * SALT_BYTES);
      const password = user?.password ?? randomBytes(SALT_BYTES).toString('hex');
      const challenge = srpChallenge({ poolName: POOL_NAME, userId, password, salt }, publicA);
      if (challenge === undefined) {
        throw new CognitoError('InvalidParameterException', 'SRP_A is not a number of the group.');
      }
      const secretBlock = randomBytes(SECRET_BLOCK_BYTES).toString('base64');
      pending.open({ clientId: client.id, userId, name, challenge, password: user?.password }, secretBlock);
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

    async prove(responses, client) {
      const username = requireText(responses, 'USERNAME');
      const secretBlock = requireText(responses, 'PASSWORD_CLAIM_SECRET_BLOCK');
      const signature = requireText(responses, 'PASSWORD_CLAIM_SIGNATURE');
      const timestamp = requireTimestamp(responses);
      const { clientId, userId, name, challenge, password } = pending.read(secretBlock);
      pending.close(secretBlock);
      const isForThem = clientId === client.id && (username === userId || isSameName(username, name));
      const isProven = isForThem && challenge.verify({ secretBlock, timestamp, signature });
      const user = isProven && password !== undefined ? await backend.readRecord(userId) : undefined;
      // A password that was changed in the meantime proves nothing any more.
      if (user === undefined || user.password !== password) {
        throw notAuthorized('Incorrect username or password.');
      }
      return user;
    },
  };
}

function requireTimestamp(responses: JsonObject): string {
  const timestamp = requireText(responses, 'TIMESTAMP');
  if (TIMESTAMP.test(timestamp)) return timestamp;
  throw new CognitoError(
    'InvalidParameterException',
    'TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.',
  );
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

function uuidFrom(hex: string): string {
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-a$4-$5');
}
