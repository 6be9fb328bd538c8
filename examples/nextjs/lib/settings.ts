/** The settings of the app, read when it runs, so that one build serves every stage. */
export interface Settings {
  readonly apiUrl: string;
  readonly userPoolId: string;
  readonly clientId: string;
  /** Only for the local cloud, whose Cognito is not AWS. */
  readonly endpoint: string | undefined;
  readonly issuer: string | undefined;
  /** Only for the local cloud, which sends no mail. */
  readonly confirmationCode: string | undefined;
}

export function settings(): Settings {
  return {
    apiUrl: required('ACCOUNT_API_URL'),
    userPoolId: required('USER_POOL_ID'),
    clientId: required('USER_POOL_CLIENT_ID'),
    endpoint: process.env['USER_POOL_ENDPOINT'],
    issuer: process.env['USER_POOL_ISSUER'],
    confirmationCode: process.env['CONFIRMATION_CODE'],
  };
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`${name} is not set. Start the app with start.mjs.`);
  return value;
}
