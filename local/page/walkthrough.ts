/** A walkthrough of the product as commands to copy and paste. They need only curl and node, no AWS account or tool. */
import type { CloudStatus } from './status.ts';

export interface Step {
  readonly title: string;
  readonly commands: string;
}

const EMAIL = 'ada@example.com';
const PASSWORD = 'Correct-horse-1';

export function walkthrough(status: CloudStatus): readonly Step[] {
  return [
    {
      title: 'Take the addresses into your shell, and a short word for calls to Cognito',
      commands: [
        `source ${status.environmentFile}`,
        'cognito() { curl -s "$AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER" -H "content-type: application/x-amz-json-1.1" -H "x-amz-target: AWSCognitoIdentityProviderService.$1" -d "$2"; echo; }',
      ].join('\n'),
    },
    {
      title: 'Sign up and confirm: the trigger makes a Stripe customer and both rows',
      commands: [
        `cognito SignUp '${json({ ClientId: status.ids.clientId, Username: EMAIL, Password: PASSWORD })}'`,
        `cognito ConfirmSignUp '${json({ ClientId: status.ids.clientId, Username: EMAIL, ConfirmationCode: status.confirmationCode })}'`,
      ].join('\n'),
    },
    {
      title: 'Sign in and ask what this user may do',
      commands: [
        `TOKEN=$(cognito InitiateAuth '${json({
          ClientId: status.ids.clientId,
          AuthFlow: 'USER_PASSWORD_AUTH',
          AuthParameters: { USERNAME: EMAIL, PASSWORD: PASSWORD },
        })}' | node -p 'JSON.parse(require("fs").readFileSync(0)).AuthenticationResult.IdToken')`,
        'curl -s "$LOCAL_API_URL/me/entitlements" -H "authorization: Bearer $TOKEN"; echo',
      ].join('\n'),
    },
    {
      title: 'Subscribe: open the link, pay with a test card, and ask again',
      commands: [
        'curl -s "$LOCAL_API_URL/me/checkout-session" -H "authorization: Bearer $TOKEN" -d \'{"price": "pro_monthly"}\' | node -p \'JSON.parse(require("fs").readFileSync(0)).url\'',
        'curl -s -X POST "$LOCAL_API_URL/me/entitlements/sync" -H "authorization: Bearer $TOKEN"; echo',
      ].join('\n'),
    },
    {
      title: 'Manage it: open the billing portal',
      commands:
        'curl -s -X POST "$LOCAL_API_URL/me/billing-portal-session" -H "authorization: Bearer $TOKEN" | node -p \'JSON.parse(require("fs").readFileSync(0)).url\'',
    },
    ...repairs(status),
    {
      title: "Send one of Stripe's own test events with Stripe's command line",
      commands: 'npx stripe trigger customer.subscription.created --api-base "$STRIPE_API_BASE"',
    },
    {
      title: 'Delete the account everywhere',
      commands: 'curl -s -X DELETE "$LOCAL_API_URL/me/account" -H "authorization: Bearer $TOKEN"; echo',
    },
  ];
}

/** Returns the steps that repair a lost webhook and a user who never fired the sign-up trigger. */
function repairs(status: CloudStatus): readonly Step[] {
  return [
    {
      title:
        'Lose a webhook: while the endpoint is off, the subscription is set to cancel. Then let a reconcile run find it',
      commands: [
        'stripe() { curl -s "$STRIPE_API_BASE/v1/$1" -u "$STRIPE_API_KEY:" "${@:2}"; }',
        `first() { node -p 'JSON.parse(require("fs").readFileSync(0)).data[0].id'; }`,
        'ENDPOINT=$(stripe webhook_endpoints | first); SUBSCRIPTION=$(stripe subscriptions | first)',
        'stripe "webhook_endpoints/$ENDPOINT" -d disabled=true -o /dev/null',
        'stripe "subscriptions/$SUBSCRIPTION" -d cancel_at_period_end=true -o /dev/null',
        'stripe "webhook_endpoints/$ENDPOINT" -d disabled=false -o /dev/null',
        'npm run reconcile -- --dry-run',
        'npm run reconcile',
        'curl -s "$LOCAL_API_URL/me/entitlements" -H "authorization: Bearer $TOKEN"; echo',
      ].join('\n'),
    },
    {
      title: 'Import a user who was already in the pool and never fired the sign-up trigger',
      commands: [
        `cognito AdminCreateUser '${json({
          UserPoolId: status.ids.userPoolId,
          Username: 'grace@example.com',
          MessageAction: 'SUPPRESS',
        })}'`,
        'npm run backfill -- --dry-run',
        'npm run backfill',
      ].join('\n'),
    },
  ];
}

function json(value: unknown): string {
  return JSON.stringify(value);
}
