/** Creates the Cognito client, with a time limit and a number of attempts for every call. */
import type { AttemptLimits } from '../transport/attempts.ts';
import type { CredentialSource } from '../transport/aws-credentials.ts';
import { type CallAws, createAws, type JsonService } from '../transport/aws-json.ts';

/** The regions of the United States have FIPS addresses that accept IPv6. */
const FIPS_DUAL_STACK = /^us-(?:east|west)-[12]$/;
const OTHER_PARTITIONS = /^(?:cn|eusc|us-gov|us-isob?|us-isof|eu-isoe)-/;

export const cognitoService: JsonService = {
  system: 'cognito',
  name: 'cognito-idp',
  variable: 'COGNITO_IDENTITY_PROVIDER',
  target: 'AWSCognitoIdentityProviderService',
  version: '1.1',
  isPlainDualStack: (region, fips) => (fips ? FIPS_DUAL_STACK.test(region) : !OTHER_PARTITIONS.test(region)),
};

/** Calls an operation by its name, such as `AdminGetUser`. */
export type Cognito = CallAws;

/** `credentials`: those of the role by default. */
export function createCognito(limits: AttemptLimits, credentials?: CredentialSource): Cognito {
  return createAws(cognitoService, limits, credentials);
}

/** Errors that a retry cannot fix. */
export const permanentErrors: ReadonlySet<string> = new Set([
  'InvalidParameterException',
  'NotAuthorizedException',
  'ResourceNotFoundException',
  'AccessDeniedException',
  'OperationNotEnabledException',
]);
