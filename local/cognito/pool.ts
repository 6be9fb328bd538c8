/**
 * The user pool and its app client. Their ids have the real format and never change. Both are seeded as files of the
 * emulator.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PASSWORD_MINIMUM_LENGTH } from './password-policy.ts';

export const REGION = 'us-east-1';
export const userPoolId = `${REGION}_Predixa01`;
export const CLIENT_ID = 'predixa0local0client000001';

/** Paths that the emulator reads, relative to its working directory. */
const settingsFile = path.join('.cognito', 'config.json');
const databaseDirectory = path.join('.cognito', 'db');

export const TOKEN_LIFETIME_SECONDS = 3600;

/**
 * Writes the files that do not exist yet, so that the users of an earlier run are kept. Always updates the issuer to
 * the public address.
 */
export async function seedPool(directory: string, issuerDomain: string): Promise<void> {
  const database = path.join(directory, databaseDirectory);
  await mkdir(database, { recursive: true });
  await writeFile(path.join(directory, settingsFile), JSON.stringify(poolSettings(issuerDomain)));
  for (const [name, content] of Object.entries(poolData()))
    await writeIfAbsent(path.join(database, `${name}.json`), content);
}

export function poolSettings(issuerDomain: string): unknown {
  return { TokenConfig: { IssuerDomain: issuerDomain } };
}

/** Returns the emulator's data of an empty pool, by the name of the store. Dates are ISO texts. */
export function poolData(): Readonly<Record<string, unknown>> {
  return { [userPoolId]: poolFile(), clients: clientsFile() };
}

function poolFile(): unknown {
  const createdAt = new Date().toISOString();
  return {
    Users: {},
    Groups: {},
    Options: {
      Id: userPoolId,
      Name: 'predixa-local',
      Arn: `arn:aws:cognito-idp:${REGION}:000000000000:userpool/${userPoolId}`,
      UsernameAttributes: ['email'],
      AutoVerifiedAttributes: ['email'],
      // A new address takes effect once it is verified.
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] },
      MfaConfiguration: 'OFF',
      Policies: { PasswordPolicy: { MinimumLength: PASSWORD_MINIMUM_LENGTH } },
      CreationDate: createdAt,
      LastModifiedDate: createdAt,
    },
  };
}

function clientsFile(): unknown {
  const createdAt = new Date().toISOString();
  const client = {
    ClientId: CLIENT_ID,
    ClientName: 'predixa-local-app',
    UserPoolId: userPoolId,
    ExplicitAuthFlows: [
      'ALLOW_USER_PASSWORD_AUTH',
      'ALLOW_ADMIN_USER_PASSWORD_AUTH',
      'ALLOW_REFRESH_TOKEN_AUTH',
    ],
    // Without units, the emulator counts in minutes.
    TokenValidityUnits: { AccessToken: 'hours', IdToken: 'hours', RefreshToken: 'days' },
    AccessTokenValidity: TOKEN_LIFETIME_SECONDS / 3600,
    IdTokenValidity: TOKEN_LIFETIME_SECONDS / 3600,
    RefreshTokenValidity: 30,
    CreationDate: createdAt,
    LastModifiedDate: createdAt,
  };
  return { Clients: { [CLIENT_ID]: client } };
}

async function writeIfAbsent(file: string, content: unknown): Promise<void> {
  try {
    await writeFile(file, JSON.stringify(content, undefined, 2), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}
