/** The states in which a user can be, and how one gets there. */
import type { JsonRecord } from '../contract.ts';
import type { Doors } from './doors.ts';

export interface SeededUser {
  readonly sub: string;
  readonly email: string;
  readonly customerId: string;
}

export interface SeedContext {
  readonly doors: Doors;
  readonly prices: { readonly monthly: string; readonly yearly: string };
  readonly entitlementsTable: string;
  readonly nowSeconds: number;
  /** Returns an id token of the user. */
  readonly tokenOf: (user: SeededUser) => Promise<string>;
}

export interface SeedState {
  readonly name: string;
  /** False: the user has signed up and never entered the code. */
  readonly confirmed: boolean;
  readonly reach: (context: SeedContext, user: SeededUser) => Promise<void>;
}

const DAY_SECONDS = 86_400;
const GOOD_CARD = 'pm_card_visa';
/** It can be attached, and each charge of it fails. */
const FAILING_CARD = 'pm_card_chargeCustomerFail';

const stay = async (): Promise<void> => undefined;
const confirmed = (name: string, reach: SeedState['reach']): SeedState => ({ name, confirmed: true, reach });

export const seedStates: readonly SeedState[] = [
  confirmed('never paid', stay),
  confirmed('in a trial', async (context, user) => {
    await subscribe(context, user, { trial_period_days: '7' });
  }),
  confirmed('active, monthly', async (context, user) => {
    await subscribe(context, user);
  }),
  confirmed('active, yearly', async (context, user) => {
    await subscribe(context, user, { 'items[0][price]': context.prices.yearly });
  }),
  confirmed('past due', async (context, user) => {
    const subscription = await subscribe(context, user);
    await useCard(context, user, FAILING_CARD);
    await context.doors.simulator('stripe', `subscriptions/${subscription}/renew`);
  }),
  confirmed('canceled at the end of the period', async (context, user) => {
    const subscription = await subscribe(context, user);
    await context.doors.stripe(`POST /v1/subscriptions/${subscription}`, { cancel_at_period_end: 'true' });
  }),
  confirmed('ended', async (context, user) => {
    const subscription = await subscribe(context, user);
    await context.doors.stripe(`DELETE /v1/subscriptions/${subscription}`);
  }),
  confirmed('refunded', async (context, user) => {
    await subscribe(context, user);
    const intents = await context.doors.stripe(`GET /v1/payment_intents?customer=${user.customerId}&limit=1`);
    await context.doors.stripe('POST /v1/refunds', { payment_intent: firstIdIn(intents) });
  }),
  confirmed('paused', async (context, user) => {
    // A trial that ends without a card pauses.
    const subscription = await start(context, user, {
      trial_period_days: '7',
      'trial_settings[end_behavior][missing_payment_method]': 'pause',
    });
    await context.doors.stripe(`POST /v1/subscriptions/${subscription}`, { trial_end: 'now' });
  }),
  confirmed('account deleted', async (context, user) => {
    await subscribe(context, user);
    await context.doors.api('DELETE /me/account', await context.tokenOf(user));
  }),
  confirmed('paid on the iPhone', async ({ doors }, { sub }) => {
    await doors.simulator('revenuecat', `customers/${sub}/purchase`, { product: 'monthly_pro' });
  }),
  confirmed('set by another writer', writeAsOther),
  { name: 'not confirmed', confirmed: false, reach: stay },
];

/** Returns the id of the subscription, which is paid by a card. */
async function subscribe(
  context: SeedContext,
  user: SeededUser,
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  await useCard(context, user, GOOD_CARD);
  return start(context, user, more);
}

async function start(
  { doors, prices }: SeedContext,
  user: SeededUser,
  more: Readonly<Record<string, string>>,
): Promise<string> {
  const created = await doors.stripe('POST /v1/subscriptions', {
    customer: user.customerId,
    'items[0][price]': prices.monthly,
    ...more,
  });
  return String(created['id']);
}

async function useCard({ doors }: SeedContext, { customerId }: SeededUser, card: string): Promise<void> {
  const method = await doors.stripe(`POST /v1/payment_methods/${card}/attach`, { customer: customerId });
  await doors.stripe(`POST /v1/customers/${customerId}`, {
    'invoice_settings[default_payment_method]': String(method['id']),
  });
}

/** Another service of the app gives a month, as it could in production: it writes the attributes that it shares. */
async function writeAsOther(
  { doors, entitlementsTable, nowSeconds }: SeedContext,
  { sub }: SeededUser,
): Promise<void> {
  await doors.dynamodb('UpdateItem', {
    TableName: entitlementsTable,
    Key: { cognito_sub: { S: sub } },
    UpdateExpression: 'SET #status = :status, #plan = :plan, current_period_end = :end',
    ExpressionAttributeNames: { '#status': 'status', '#plan': 'plan' },
    ExpressionAttributeValues: {
      ':status': { S: 'active' },
      ':plan': { S: 'gift' },
      ':end': { N: String(nowSeconds + 30 * DAY_SECONDS) },
    },
  });
}

function firstIdIn({ data }: JsonRecord): string {
  const [first] = Array.isArray(data) ? (data as readonly JsonRecord[]) : [];
  if (typeof first?.['id'] === 'string') return first['id'];
  throw new Error('Stripe lists no payment of the customer.');
}
