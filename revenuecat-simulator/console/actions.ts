/** The buttons of the page: what each customer and each subscription can do now. */
import type { Subscription } from '../model/subscription.ts';
import { stores } from '../model/values.ts';
import type { World } from '../world/world.ts';

export interface Input {
  readonly name: string;
  readonly label: string;
  /** Without choices, it is a text field. */
  readonly choices?: readonly string[];
}

export interface Action {
  /** The last part of the control route. */
  readonly name: string;
  readonly label: string;
  readonly inputs: readonly Input[];
}

function simple(name: string, label: string): Action {
  return { name, label, inputs: [] };
}

export function customerActions({ store }: World): readonly Action[] {
  const products = store.products.oldestFirst().map((row) => row.store_identifier);
  return [
    {
      name: 'purchase',
      label: 'Buy',
      inputs: [
        { name: 'product', label: 'product', choices: products },
        { name: 'store', label: 'store', choices: stores.filter((name) => name !== 'promotional') },
        { name: 'environment', label: 'environment', choices: ['production', 'sandbox'] },
        { name: 'trial_days', label: 'trial days' },
      ],
    },
    { name: 'log_in', label: 'Log in', inputs: [{ name: 'user_id', label: 'user id' }] },
    { name: 'transfer', label: 'Transfer', inputs: [{ name: 'to', label: 'to customer' }] },
    { name: 'grant', label: 'Grant pro', inputs: [{ name: 'days', label: 'days' }] },
  ];
}

const cancel = simple('cancel', 'Cancel');
const uncancel = simple('uncancel', 'Uncancel');
const renew = simple('renew', 'Renew now');
const refund = simple('refund', 'Refund');
const expire = simple('expire', 'Expire');
const billingIssue: Action = {
  name: 'billing_issue',
  label: 'Fail to charge',
  inputs: [{ name: 'grace_days', label: 'grace days' }],
};
const recover = simple('recover', 'Charge succeeds');
const pause: Action = { name: 'pause', label: 'Pause', inputs: [{ name: 'days', label: 'days' }] };
const resume = simple('resume', 'Resume');

export function subscriptionActions(row: Subscription): readonly Action[] {
  if (row.status === 'expired') return row.store === 'promotional' ? [] : [renew];
  if (row.store === 'promotional') return [expire];
  if (row.status === 'paused') return [resume, refund, expire];
  const renews = row.auto_renewal_status !== 'will_not_renew';
  const turn = renews ? cancel : uncancel;
  if (row.status === 'in_grace_period' || row.status === 'in_billing_retry') {
    return renews ? [recover, turn, refund, expire] : [turn, refund, expire];
  }
  const pauses =
    row.store === 'play_store' && row.status === 'active' && row.auto_renewal_status === 'will_renew';
  return [
    ...(renews ? [renew, cancel, billingIssue] : [uncancel]),
    ...(pauses ? [pause] : []),
    ...(row.auto_renewal_status === 'will_pause' ? [resume] : []),
    refund,
    expire,
  ];
}
