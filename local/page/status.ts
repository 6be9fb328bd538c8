/** The facts that the local cloud shows about itself, for the terminal, the page and programs alike. */
import type { EnvironmentFacts } from '../cloud/environment.ts';
import type { Settings } from '../cloud/options.ts';
import type { DemoPrices } from '../stripe/demo-prices.ts';

export interface CloudStatus {
  readonly urls: {
    readonly api: string;
    readonly dynamodb: string;
    readonly cognito: string;
    readonly stripe: string;
    readonly webhook: string;
    readonly revenuecat: string;
    readonly revenuecatWebhook: string;
    readonly issuer: string;
  };
  readonly ids: {
    readonly userPoolId: string;
    readonly clientId: string;
    readonly usersTable: string;
    readonly entitlementsTable: string;
    readonly priceMonthly: string;
    readonly priceYearly: string;
    readonly revenuecatProject: string;
  };
  readonly confirmationCode: string;
  readonly payload: string;
  readonly environmentFile: string;
  readonly testCards: readonly TestCard[];
}

export interface TestCard {
  readonly number: string;
  readonly meaning: string;
}

export interface StatusFacts {
  readonly facts: EnvironmentFacts;
  readonly prices: DemoPrices;
  readonly issuer: string;
  readonly environmentFile: string;
  readonly settings: Pick<Settings, 'confirmationCode' | 'payload'>;
}

export function statusOf({ facts, prices, issuer, environmentFile, settings }: StatusFacts): CloudStatus {
  return {
    urls: {
      api: facts.apiUrl,
      dynamodb: facts.dynamoDbUrl,
      cognito: facts.cognitoUrl,
      stripe: facts.stripeUrl,
      webhook: `${facts.apiUrl}/stripe/webhook`,
      revenuecat: facts.revenueCatUrl,
      revenuecatWebhook: `${facts.apiUrl}/revenuecat/webhook`,
      issuer,
    },
    ids: {
      userPoolId: facts.userPoolId,
      clientId: facts.clientId,
      usersTable: facts.usersTable,
      entitlementsTable: facts.entitlementsTable,
      priceMonthly: prices.monthly,
      priceYearly: prices.yearly,
      revenuecatProject: facts.revenueCatProjectId,
    },
    confirmationCode: settings.confirmationCode,
    payload: settings.payload,
    environmentFile,
    testCards,
  };
}

const testCards: readonly TestCard[] = [
  { number: '4242 4242 4242 4242', meaning: 'succeeds' },
  { number: '4000 0000 0000 0002', meaning: 'is declined' },
  { number: '4000 0000 0000 0341', meaning: 'can be saved, but is declined when charged' },
];

export interface StatusRow {
  readonly name: string;
  readonly value: string;
}

export function statusRows(status: CloudStatus): readonly StatusRow[] {
  const { urls, ids } = status;
  return [
    { name: 'API and console', value: urls.api },
    { name: 'DynamoDB', value: urls.dynamodb },
    { name: 'Cognito', value: urls.cognito },
    { name: 'Stripe', value: urls.stripe },
    { name: 'RevenueCat', value: urls.revenuecat },
    { name: 'Stripe webhook URL', value: urls.webhook },
    { name: 'RevenueCat webhook', value: urls.revenuecatWebhook },
    { name: 'User pool', value: ids.userPoolId },
    { name: 'App client', value: ids.clientId },
    { name: 'Token issuer', value: urls.issuer },
    { name: 'Tables', value: `${ids.usersTable}, ${ids.entitlementsTable}` },
    { name: 'Monthly price', value: ids.priceMonthly },
    { name: 'Yearly price', value: ids.priceYearly },
    { name: 'RevenueCat project', value: ids.revenuecatProject },
    { name: 'Confirmation code', value: status.confirmationCode },
    { name: 'API Gateway payload', value: status.payload },
    { name: 'Environment', value: `source ${status.environmentFile}` },
  ];
}
