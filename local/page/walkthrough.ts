/** The walkthrough to copy and paste. It needs curl and Node, but no AWS account and no AWS tool. */
import type { CloudStatus } from './status.ts';

export interface Step {
  /** By which the console finds the commands that do what a button does. */
  readonly name:
    | 'environment'
    | 'sign_up'
    | 'sign_in'
    | 'subscribe'
    | 'portal'
    | 'lost_webhook'
    | 'backfill'
    | 'stripe_cli'
    | 'delete';
  readonly title: string;
  readonly commands: string;
}

const EMAIL = 'ada@example.com';
const PASSWORD = 'Correct-horse-1';

export function walkthrough(status: CloudStatus): readonly Step[] {
  return [
    {
      name: 'environment',
      title: 'Load the addresses into your shell and define a short command for Cognito',
      commands: [
        `source ${status.environmentFile}`,
        'cognito() { curl -s "$AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER" -H "content-type: application/x-amz-json-1.1" -H "x-amz-target: AWSCognitoIdentityProviderService.$1" -d "$2"; echo; }',
      ].join('\n'),
    },
    {
      name: 'sign_up',
      title:
        'Sign up and confirm: the trigger creates a Stripe customer, the profile and the entitlement row',
      commands: [
        `cognito SignUp '${json({ ClientId: status.ids.clientId, Username: EMAIL, Password: PASSWORD })}'`,
        `cognito ConfirmSignUp '${json({ ClientId: status.ids.clientId, Username: EMAIL, ConfirmationCode: status.confirmationCode })}'`,
      ].join('\n'),
    },
    {
      name: 'sign_in',
      title: 'Sign in and read what this user may do',
      commands: [
        `TOKEN=$(curl -s "$LOCAL_API_URL/_local/sign-in" -d '${json({ email: EMAIL, password: PASSWORD })}' | node -p 'JSON.parse(require("fs").readFileSync(0)).idToken')`,
        'curl -s "$LOCAL_API_URL/me/entitlements" -H "authorization: Bearer $TOKEN"; echo',
      ].join('\n'),
    },
    {
      name: 'subscribe',
      title: 'Subscribe: open the link, pay with a test card, and read the entitlements again',
      commands: [
        'curl -s "$LOCAL_API_URL/me/checkout-session" -H "authorization: Bearer $TOKEN" -d \'{"price": "pro_monthly"}\' | node -p \'JSON.parse(require("fs").readFileSync(0)).url\'',
        'curl -s -X POST "$LOCAL_API_URL/me/entitlements/sync" -H "authorization: Bearer $TOKEN"; echo',
      ].join('\n'),
    },
    {
      name: 'portal',
      title: 'Manage the subscription: open the billing portal',
      commands:
        'curl -s -X POST "$LOCAL_API_URL/me/billing-portal-session" -H "authorization: Bearer $TOKEN" | node -p \'JSON.parse(require("fs").readFileSync(0)).url\'',
    },
    lostWebhookStep,
    backfillStep(status),
    {
      name: 'stripe_cli',
      title: 'Send a test event with the Stripe CLI',
      commands: 'npx stripe trigger customer.subscription.created --api-base "$STRIPE_API_BASE"',
    },
    {
      name: 'delete',
      title: 'Delete the account everywhere',
      commands: 'curl -s -X DELETE "$LOCAL_API_URL/me/account" -H "authorization: Bearer $TOKEN"; echo',
    },
  ];
}

/** While the endpoint is disabled, Stripe sends nothing about the change: only a reconcile finds it. */
export const lostWebhookStep: Step = {
  name: 'lost_webhook',
  title: 'Lose a webhook: the subscription is set to end while the endpoint is disabled. Reconcile finds it',
  commands: [
    'stripe() { curl -s "$STRIPE_API_BASE/v1/$1" -u "$STRIPE_API_KEY:" "${@:2}"; }',
    `first() { node -p 'JSON.parse(require("fs").readFileSync(0)).data[0].id'; }`,
    `CUSTOMER=$(stripe "customers?email=${EMAIL}" | first)`,
    'ENDPOINT=$(stripe webhook_endpoints | first); SUBSCRIPTION=$(stripe "subscriptions?customer=$CUSTOMER" | first)',
    'stripe "webhook_endpoints/$ENDPOINT" -d disabled=true -o /dev/null',
    'stripe "subscriptions/$SUBSCRIPTION" -d cancel_at_period_end=true -o /dev/null',
    'stripe "webhook_endpoints/$ENDPOINT" -d disabled=false -o /dev/null',
    'npm run reconcile -- --dry-run',
    'npm run reconcile',
    'curl -s "$LOCAL_API_URL/me/entitlements" -H "authorization: Bearer $TOKEN"; echo',
  ].join('\n'),
};

function backfillStep(status: CloudStatus): Step {
  return {
    name: 'backfill',
    title: 'Backfill a user who was in the pool before and never fired the trigger',
    commands: [
      `cognito AdminCreateUser '${json({
        UserPoolId: status.ids.userPoolId,
        Username: 'grace@example.com',
        MessageAction: 'SUPPRESS',
      })}'`,
      'npm run backfill -- --dry-run',
      'npm run backfill',
    ].join('\n'),
  };
}

function json(value: unknown): string {
  return JSON.stringify(value);
}
