/** The examples of the bodies that change a subscription. */
import type {
  SubscriptionPreviewRequest,
  SubscriptionPreviewResponse,
  SubscriptionRequest,
  SubscriptionResponse,
  SubscriptionState,
} from '../../contract/subscription.ts';
import { PERIOD_END } from './example-period.ts';

const NOW = 1_795_858_200;

const basic: SubscriptionState = {
  price: 'price_1QxYzBasic',
  quantity: 1,
  add_ons: [],
  currency: 'usd',
  cancel_at: null,
  scheduled_change: null,
};
const pro: SubscriptionState = { ...basic, price: 'price_1QxYzPro' };

const previewRequest: SubscriptionPreviewRequest = { price: 'pro_monthly' };

const preview: SubscriptionPreviewResponse = {
  preview: `${NOW}-1934-0f343b0931126a20f133d67c`,
  expires_at: NOW + 600,
  direction: 'upgrade',
  when: 'now',
  takes_effect_at: NOW,
  currency: 'usd',
  due_now: 1_934,
  credit: 0,
  lines: [
    {
      description: 'Unused time on Basic',
      amount: -967,
      proration: true,
      price: 'price_1QxYzBasic',
      quantity: 1,
      period_start: NOW,
      period_end: PERIOD_END,
    },
    {
      description: 'Remaining time on Pro',
      amount: 2_901,
      proration: true,
      price: 'price_1QxYzPro',
      quantity: 1,
      period_start: NOW,
      period_end: PERIOD_END,
    },
  ],
  next_invoice: { amount: 3_000, at: PERIOD_END },
  subscription: basic,
};

const upgrade: SubscriptionRequest = { change: { price: 'pro_monthly', preview: preview.preview } };
const seats: SubscriptionRequest = {
  change: { quantity: 5, add_ons: [{ price: 'storage', quantity: 2 }], when: 'period_end' },
};
const cancellation: SubscriptionRequest = { cancel: { feedback: 'too_expensive', comment: null } };
const resumption: SubscriptionRequest = { resume: {} };

const changed: SubscriptionResponse = {
  outcome: 'changed',
  at: null,
  payment_url: null,
  payment_expires_at: null,
  subscription: pro,
};
const scheduled: SubscriptionResponse = {
  ...changed,
  outcome: 'scheduled',
  at: PERIOD_END,
  subscription: {
    ...pro,
    scheduled_change: { price: 'price_1QxYzBasic', quantity: 1, add_ons: [], at: PERIOD_END },
  },
};
const paymentRequired: SubscriptionResponse = {
  ...changed,
  outcome: 'payment_required',
  payment_url: 'https://invoice.stripe.com/i/acct_1/test_YWNjdA',
  payment_expires_at: NOW + 82_800,
  subscription: basic,
};
const ending: SubscriptionResponse = {
  ...changed,
  outcome: 'ending',
  at: PERIOD_END,
  subscription: { ...pro, cancel_at: PERIOD_END },
};

export const subscriptionExamples = {
  SubscriptionPreviewRequest: { upgrade: { value: previewRequest } },
  SubscriptionPreviewResponse: { upgrade: { value: preview } },
  SubscriptionRequest: {
    upgrade: { value: upgrade },
    seats: { value: seats },
    cancellation: { value: cancellation },
    resumption: { value: resumption },
  },
  SubscriptionResponse: {
    changed: { value: changed },
    scheduled: { value: scheduled },
    paymentRequired: { value: paymentRequired },
    ending: { value: ending },
  },
};
