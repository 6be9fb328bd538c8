/**
 * The user pool and its app client. Their ids have the real format and never change. Both are seeded as files of the
 * emulator.
 */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { damagedFile, fileFailure } from '../cloud/failure.ts';
import { replaceFile } from '../cloud/replace-file.ts';
import { isJsonObject, parseJsonObject } from '../http/body.ts';
import { PASSWORD_MINIMUM_LENGTH } from './password-policy.ts';

export const REGION = 'us-east-1';
export const userPoolId = `${REGION}_Predixa01`;
export const CLIENT_ID = 'predixa0local0client000001';

/** Paths that the emulator reads, relative to its working directory. */
const settingsFile = path.join('.cognito', 'config.json');
const databaseDirectory = path.join('.cognito', 'db');

export const TOKEN_LIFETIME_SECONDS = 3600;

/** The settings of the deployed pool that the emulator and its front know (infra/stack/pool.ts). */
export const poolOptions = {
  UsernameAttributes: ['email'],
  UsernameConfiguration: { CaseSensitive: false },
  AutoVerifiedAttributes: ['email'],
  // A new address takes effect once it is verified.
  UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
  MfaConfiguration: 'OPTIONAL',
  Policies: {
    PasswordPolicy: {
      MinimumLength: PASSWORD_MINIMUM_LENGTH,
      RequireLowercase: true,
      RequireNumbers: true,
      RequireSymbols: true,
      RequireUppercase: true,
      TemporaryPasswordValidityDays: 3,
    },
  },
};

/** The settings of the deployed app client. */
export const clientSettings = {
  ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  PreventUserExistenceErrors: 'ENABLED',
  EnableTokenRevocation: true,
  TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'minutes' },
  AccessTokenValidity: TOKEN_LIFETIME_SECONDS / 60,
  IdTokenValidity: TOKEN_LIFETIME_SECONDS / 60,
  RefreshTokenValidity: 30 * 24 * 60,
};

/**
 * Writes the files that do not exist yet, so that the users of an earlier run are kept, and brings the settings up to date
 * that an earlier version wrote. Always updates the issuer to the public address.
 */
export async function seedPool(directory: string, issuerDomain: string): Promise<void> {
  const database = path.join(directory, databaseDirectory);
  try {
    await mkdir(database, { recursive: true });
  } catch (error) {
    throw fileFailure('write', database, error);
  }
  await replaceFile(path.join(directory, settingsFile), JSON.stringify(poolSettings(issuerDomain)));
  for (const [name, content] of Object.entries(poolData())) {
    const file = path.join(database, `${name}.json`);
    const text = await readIfPresent(file);
    if (text === undefined) await replaceFile(file, JSON.stringify(content, undefined, 2));
    else await bringUpToDate(file, text);
  }
}

export function poolSettings(issuerDomain: string): unknown {
  return { TokenConfig: { IssuerDomain: issuerDomain } };
}

/** Returns the emulator's data of an empty pool, by the name of the store. Dates are ISO texts. */
export function poolData(): Readonly<Record<string, unknown>> {
  const createdAt = new Date().toISOString();
  const dates = { CreationDate: createdAt, LastModifiedDate: createdAt };
  const Arn = `arn:aws:cognito-idp:${REGION}:000000000000:userpool/${userPoolId}`;
  const Options = { Id: userPoolId, Name: 'predixa-local', Arn, ...poolOptions, ...dates };
  const ids = { ClientId: CLIENT_ID, ClientName: 'predixa-local-app', UserPoolId: userPoolId };
  return {
    [userPoolId]: { Users: {}, Groups: {}, Options },
    clients: { Clients: { [CLIENT_ID]: { ...ids, ...clientSettings, ...dates } } },
  };
}

/**
 * Replaces settings that this version writes and an earlier one did not know, and what depends on them. Settings that were
 * changed since, with UpdateUserPoolClient for example, stay.
 */
async function bringUpToDate(file: string, text: string): Promise<void> {
  const stored = parseJsonObject(text);
  if (stored === undefined) throw damagedFile(file);
  const clients = isJsonObject(stored['Clients']) ? stored['Clients'] : {};
  const client = clients[CLIENT_ID];
  const options = stored['Options'];
  if (isJsonObject(client) && client['PreventUserExistenceErrors'] === undefined) {
    clients[CLIENT_ID] = { ...client, ...clientSettings };
  } else if (isJsonObject(options) && options['UsernameConfiguration'] === undefined) {
    stored['Options'] = { ...options, ...poolOptions };
  } else return;
  await replaceFile(file, JSON.stringify(stored, undefined, 2));
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw fileFailure('read', file, error);
  }
}
