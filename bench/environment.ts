/** The environment of the measured functions. */
import { userPoolId } from '../local/cognito/pool.ts';
import type { Urls } from './calls.ts';

export type Environment = Readonly<Record<string, string>>;

export const WEBHOOK_SECRET = 'whsec_bench';
export const STORE_SECRET = 'Bearer bench';
export const API_KEY = 'sk_test_bench';
export const STORE_KEY = 'sk_bench';
export const tables = { users: 'Users', entitlements: 'Entitlements' } as const;

export function environmentOf(urls: Urls, projectId: string): Environment {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_SESSION_TOKEN: 'bench',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    AWS_ENDPOINT_URL_DYNAMODB: urls.dynamodb,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER: urls.cognito,
    USERS_TABLE: tables.users,
    ENTITLEMENTS_TABLE: tables.entitlements,
    COGNITO_USER_POOL_ID: userPoolId,
    STRIPE_API_KEY: API_KEY,
    STRIPE_API_BASE: urls.stripe,
    STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    REVENUECAT_API_KEY: STORE_KEY,
    REVENUECAT_API_BASE: urls.revenuecat,
    REVENUECAT_PROJECT_ID: projectId,
    REVENUECAT_WEBHOOK_SECRET: STORE_SECRET,
    TRIAL_DAYS: '7',
    TRIAL_HASH_KEY: 'a-hash-key-of-more-than-thirty-two-characters',
    CHECKOUT_PRICES: 'pro_monthly,pro_yearly',
    CHECKOUT_SUCCESS_URL: 'https://app.example.com/welcome?session_id={CHECKOUT_SESSION_ID}',
    CHECKOUT_CANCEL_URL: 'https://app.example.com/pricing',
    PORTAL_RETURN_URL: 'https://app.example.com/account',
    ALLOWED_ORIGINS: 'https://app.example.com',
  };
}
