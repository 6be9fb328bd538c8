/** The client's side of a sign-in by SRP, step by step, computed by `amazon-cognito-identity-js`. */
import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';

/** The package has no types for its calculation. */
interface Helper {
  getLargeAValue(done: (error: unknown, a: { toString(radix: number): string }) => void): void;
  getPasswordAuthenticationKey(
    username: string,
    password: string,
    ...rest: [b: unknown, salt: unknown, done: (error: unknown, key: Uint8Array) => void]
  ): void;
}

const require = createRequire(import.meta.url);
const { AuthenticationHelper } = require('amazon-cognito-identity-js') as {
  readonly AuthenticationHelper: new (poolName: string) => Helper;
};
const { default: BigInteger } = require('amazon-cognito-identity-js/lib/BigInteger') as {
  readonly default: new (digits: string, radix: number) => unknown;
};

export interface SrpProof {
  readonly secretBlock: string;
  readonly timestamp: string;
  readonly signature: string;
}

export interface SrpQuestion {
  readonly userId: string;
  readonly salt: string;
  readonly publicB: string;
  readonly secretBlock: string;
}

export interface SrpClient {
  readonly publicA: string;
  prove(password: string, question: SrpQuestion): Promise<SrpProof>;
}

export const SRP_TIMESTAMP = 'Sat Nov 28 9:05:00 UTC 2026';

export async function srpClient(poolName: string): Promise<SrpClient> {
  const helper = new AuthenticationHelper(poolName);
  const publicA = await new Promise<string>((resolve, reject) => {
    helper.getLargeAValue((error, a) => (error === null ? resolve(a.toString(16)) : reject(asError(error))));
  });
  return {
    publicA,
    async prove(password, { userId, salt, publicB, secretBlock }) {
      const key = await new Promise<Uint8Array>((resolve, reject) => {
        const b = new BigInteger(publicB, 16);
        helper.getPasswordAuthenticationKey(userId, password, b, new BigInteger(salt, 16), (error, value) =>
          error === null ? resolve(value) : reject(asError(error)),
        );
      });
      const signature = createHmac('sha256', Buffer.from(key))
        .update(poolName + userId)
        .update(Buffer.from(secretBlock, 'base64'))
        .update(SRP_TIMESTAMP)
        .digest('base64');
      return { secretBlock, timestamp: SRP_TIMESTAMP, signature };
    },
  };
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
