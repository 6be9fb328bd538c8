/** Reads and writes the complete settings of a user pool. */
import {
  type CognitoIdentityProviderClient,
  DescribeUserPoolCommand,
  UpdateUserPoolCommand,
  type UpdateUserPoolRequest,
  type UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider';
import { unknownSettings } from './unknown-settings.ts';

export interface PoolSettings {
  /** Returns the settings, or `undefined` if the pool does not exist. Throws `UnknownSettings`. */
  read(userPoolId: string): Promise<UserPoolType | undefined>;
  write(request: UpdateUserPoolRequest): Promise<'written' | 'conflict'>;
}

export class UnknownSettings extends Error {
  constructor(paths: readonly string[]) {
    super(
      `This version does not know these settings of the pool and would reset them: ${paths.join(', ')}. Deploy with a newer AWS SDK, or set the trigger by hand.`,
    );
  }
}

export function createPoolSettings(client: CognitoIdentityProviderClient): PoolSettings {
  return {
    async read(userPoolId) {
      const command = new DescribeUserPoolCommand({ UserPoolId: userPoolId });
      const raw = keepRawResponse(command);
      try {
        const { UserPool } = await client.send(command);
        const unknown = unknownSettings(raw.json(), { UserPool });
        if (unknown.length > 0) throw new UnknownSettings(unknown);
        return UserPool;
      } catch (error) {
        if (nameOf(error) === 'ResourceNotFoundException') return undefined;
        throw error;
      }
    },
    async write(request) {
      try {
        await client.send(new UpdateUserPoolCommand(request));
        return 'written';
      } catch (error) {
        if (nameOf(error) === 'ConcurrentModificationException') return 'conflict';
        throw error;
      }
    },
  };
}

/** Keeps the raw response, because the SDK drops fields that it does not know. */
function keepRawResponse(command: DescribeUserPoolCommand): { readonly json: () => unknown } {
  let text = '{}';
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { response } = result as { response: { body: AsyncIterable<Uint8Array> | Uint8Array } };
      const bytes = await bytesOf(response.body);
      text = bytes.toString('utf8');
      response.body = new Uint8Array(bytes);
      return result;
    },
    // Runs before the SDK's own deserializer.
    { step: 'deserialize', priority: 'low' },
  );
  return { json: () => JSON.parse(text) as unknown };
}

async function bytesOf(body: AsyncIterable<Uint8Array> | Uint8Array): Promise<Buffer> {
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
