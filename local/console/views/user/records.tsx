/** The records of each system as facts that a person reads at a glance. */
import type { JsonRecord, UserDetail } from '../../../control/contract.ts';
import { amountOf, wordsOf } from '../../ui/format.ts';
import { Badge, Time } from '../../ui/parts.tsx';
import type { Changes } from './changes.ts';
import { type Fact, Id, Record } from './facts.tsx';

export interface RecordsProps {
  readonly detail: UserDetail;
  readonly changes: Changes;
  /** Leaves out what is secondary. */
  readonly brief: boolean;
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** `value` is in Unix seconds. */
function seconds(value: unknown) {
  return typeof value === 'number' ? <Time ms={value * 1000} /> : null;
}

function isoTime(value: unknown) {
  const ms = Date.parse(String(value));
  return Number.isNaN(ms) ? null : <Time ms={ms} />;
}

export function CognitoRecords({ detail: { sub, cognito }, changes }: RecordsProps) {
  const { user } = cognito;
  if (user === null) return <p class="nothing">No user: Cognito does not know this sub.</p>;
  const attributes = user['Attributes'] as
    | readonly { readonly Name: string; readonly Value: string }[]
    | undefined;
  const attribute = (name: string) => attributes?.find(({ Name }) => Name === name)?.Value;
  const facts: readonly Fact[] = [
    ['Status', <Badge status={String(user['UserStatus'])} />, 'UserStatus'],
    ['Email', attribute('email'), 'Attributes'],
    ['Verified', attribute('email_verified') === 'true' ? 'yes' : 'no', 'Attributes'],
    ['sub', <Id id={sub} />, 'Attributes'],
    ['Enabled', user['Enabled'] === false ? 'no' : null, 'Enabled'],
    ['Created', seconds(user['UserCreateDate']), 'UserCreateDate'],
  ];
  return <Record name="user" title="User" record={user} facts={facts} changes={changes} />;
}

export function DynamoRecords({ detail: { dynamodb }, changes, brief }: RecordsProps) {
  const { profile, row } = dynamodb;
  return (
    <>
      {row === null ? (
        <p class="nothing">No entitlement row: the app gives no access.</p>
      ) : (
        <Record name="row" title="Entitlement row" record={row} facts={rowFacts(row)} changes={changes} />
      )}
      {profile === null ? (
        <p class="nothing">No profile.</p>
      ) : brief ? null : (
        <Record
          name="profile"
          title="Profile"
          record={profile}
          facts={[
            ['Customer', <Id id={profile['stripeCustomerId']} />, 'stripeCustomerId'],
            ['Email', textOf(profile['email']), 'email'],
            ['Deletion', isoTime(profile['predixaDeletionRequestedAt']), 'predixaDeletionRequestedAt'],
          ]}
          changes={changes}
        />
      )}
    </>
  );
}

function rowFacts(row: JsonRecord): readonly Fact[] {
  const stripeStatus = textOf(row['stripe_status']);
  return [
    ['Status', <Badge status={String(row['status'])} />, 'status'],
    ['Stripe says', stripeStatus === row['status'] ? null : stripeStatus, 'stripe_status'],
    ['Plan', <Id id={row['plan'] ?? null} />, 'plan'],
    ['Paid until', seconds(row['current_period_end']), 'current_period_end'],
    ['Trial ends', seconds(row['trial_expires_at']), 'trial_expires_at'],
    [
      'Ends',
      row['cancel_at_period_end'] === true ? 'at the end of the period' : null,
      'cancel_at_period_end',
    ],
    ['Source', textOf(row['source']), 'source'],
    ['Version', typeof row['version'] === 'number' ? String(row['version']) : null, 'version'],
    ['Updated', isoTime(row['updatedAt']), 'updatedAt'],
  ];
}

export function StripeRecords({ detail: { stripe }, changes, brief }: RecordsProps) {
  const { customers, subscriptions, invoices } = stripe;
  if (customers.length === 0) return <p class="nothing">No customer.</p>;
  return (
    <>
      {subscriptions.map((subscription) => (
        <Record
          key={String(subscription['id'])}
          name={String(subscription['id'])}
          title={<>Subscription</>}
          record={subscription}
          facts={subscriptionFacts(subscription)}
          changes={changes}
        />
      ))}
      {subscriptions.length === 0 ? <p class="nothing">No subscription.</p> : null}
      {brief ? null : <Invoices of={invoices} changes={changes} />}
      {customers.map((customer) => (
        <Record
          key={String(customer['id'])}
          name={String(customer['id'])}
          title="Customer"
          record={customer}
          facts={[
            ['Id', <Id id={customer['id']} />, 'id'],
            [
              'State',
              customer['deleted'] === true ? <Badge status="canceled">deleted</Badge> : null,
              'deleted',
            ],
            ['Email', textOf(customer['email']), 'email'],
          ]}
          changes={changes}
        />
      ))}
    </>
  );
}

interface Item {
  readonly current_period_end?: number;
  readonly price?: {
    readonly unit_amount?: number | null;
    readonly currency?: string;
    readonly recurring?: { readonly interval?: string } | null;
  };
}

function subscriptionFacts(subscription: JsonRecord): readonly Fact[] {
  const [item] = (subscription['items'] as { readonly data?: readonly Item[] } | undefined)?.data ?? [];
  const { unit_amount: amount, currency = 'usd', recurring } = item?.price ?? {};
  const price =
    typeof amount === 'number' ? `${amountOf(amount, currency)} a ${recurring?.interval ?? 'period'}` : null;
  const canceling =
    subscription['cancel_at_period_end'] === true || typeof subscription['cancel_at'] === 'number';
  return [
    ['Status', <Badge status={String(subscription['status'])} />, 'status'],
    ['Id', <Id id={subscription['id']} />, 'id'],
    ['Price', price, 'items'],
    ['Period ends', seconds(item?.current_period_end), 'items'],
    ['Trial ends', seconds(subscription['trial_end']), 'trial_end'],
    [
      'Cancels',
      canceling ? (seconds(subscription['cancel_at']) ?? 'at the end of the period') : null,
      'cancel_at',
    ],
    ['Ended', seconds(subscription['ended_at']), 'ended_at'],
  ];
}

const MAX_INVOICES = 6;

function Invoices({ of, changes }: { readonly of: readonly JsonRecord[]; readonly changes: Changes }) {
  if (of.length === 0) return null;
  return (
    <div class="record">
      <h3>Invoices</h3>
      <ul class="invoices">
        {of.slice(0, MAX_INVOICES).map((invoice) => (
          <li key={String(invoice['id'])} class={changes.has(String(invoice['id'])) ? 'changed' : undefined}>
            <Badge status={String(invoice['status'])} />
            <span>{amountOf(Number(invoice['total'] ?? 0), textOf(invoice['currency']) ?? 'usd')}</span>
            <span class="quiet">
              {wordsOf(textOf(invoice['billing_reason']) ?? '').replace('subscription ', '')}
            </span>
            <span class="quiet push">{seconds(invoice['created'])}</span>
          </li>
        ))}
      </ul>
      {of.length > MAX_INVOICES ? (
        <p class="quiet small">… and {of.length - MAX_INVOICES} older ones</p>
      ) : null}
    </div>
  );
}

export function StoreRecords({ detail: { revenuecat }, changes }: RecordsProps) {
  const ms = (value: unknown) => (typeof value === 'number' ? <Time ms={value} /> : null);
  return (
    <>
      {revenuecat.purchases.map((purchase) => (
        <Record
          key={String(purchase['id'])}
          name={String(purchase['id'])}
          title={purchase['object'] === 'purchase' ? 'Purchase' : 'Subscription'}
          record={purchase}
          facts={[
            ['Status', <Badge status={String(purchase['status'])} />, 'status'],
            ['Store', wordsOf(textOf(purchase['store']) ?? ''), 'store'],
            ['Gives access', purchase['gives_access'] === true ? 'yes' : 'no', 'gives_access'],
            ['Period ends', ms(purchase['current_period_ends_at']), 'current_period_ends_at'],
            ['Renews', wordsOf(textOf(purchase['auto_renewal_status']) ?? ''), 'auto_renewal_status'],
          ]}
          changes={changes}
        />
      ))}
      {revenuecat.purchases.length === 0 ? <p class="nothing">A customer without a purchase.</p> : null}
    </>
  );
}
