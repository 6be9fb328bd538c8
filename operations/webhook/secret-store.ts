/** Stores the webhook secrets of a stage in AWS Secrets Manager: several during a rotation, the newest first. */
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

import { textOf } from '../../adapters/secretsmanager/fetch-secret.ts';

export interface SecretStore {
  /** Returns the value, or `undefined` if the secret does not exist or has no value yet. */
  read(name: string): Promise<string | undefined>;
  /** Writes the value, and creates the secret if it does not exist. */
  write(name: string, value: string): Promise<void>;
}

export function secretsManager(region: string): SecretStore {
  const client = new SecretsManagerClient({ region });
  return {
    read: async (SecretId) => {
      try {
        const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId }));
        return (SecretString ?? textOf(SecretBinary)).trim();
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
