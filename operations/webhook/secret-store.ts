/** The webhook secrets of a stage, in AWS Secrets Manager: several while one is rolled, the newest first. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

export interface SecretStore {
  /** `undefined`: there is no such secret, or it has no value yet. */
  read(name: string): Promise<string | undefined>;
  /** Makes the secret where there is none. */
  write(name: string, value: string): Promise<void>;
}

export function secretsManager(region: string): SecretStore {
  const client = new SecretsManagerClient({ region });
  return {
    read: async (SecretId) => {
      try {
        return (await client.send(new GetSecretValueCommand({ SecretId }))).SecretString?.trim();
      } catch (cause) {
        if (cause instanceof ResourceNotFoundException) return undefined;
        throw cause;
      }
    },
    write: async (SecretId, SecretString) => {
      try {
        await client.send(new PutSecretValueCommand({ SecretId, SecretString }));
      } catch (cause) {
        if (!(cause instanceof ResourceNotFoundException)) throw cause;
        await client.send(new CreateSecretCommand({ Name: SecretId, SecretString }));
      }
    },
  };
}
