/** What the answer says about the payers of a user, and what they unlock. */
import { describe, expect, it } from 'vitest';
import { row } from '../../tests/support/rows.ts';
import { DAY, T0 } from '../../tests/support/subscriptions.ts';
import type { Store } from '../stores/purchase.ts';
import { answerOf, payerOf } from './answer.ts';
import { type AccessPolicy, defaultRules } from './policy.ts';
import { type Claim, type ClaimSource, emptySubscriptionState } from './row.ts';

const policy: AccessPolicy = { renewalGraceSeconds: 0, rules: defaultRules, plans: {} };
const END = T0 + DAY;

const claim = (source: ClaimSource, fields: Partial<Claim> = {}): Claim => ({
  ...emptySubscriptionState,
  source,
  status: 'active',
  plan: 'pro',
  currentPeriodEnd: END,
  reversal: null,
  ...fields,
});
const inStore = (store: Store | null, features: readonly string[] = [], fields: Partial<Claim> = {}) =>
  claim('revenuecat', {
    ...fields,
    origin: {
      id: 'sub1',
      store,
      manageUrl: 'https://store.example.com',
      features,
      continues: true,
      grant: null,
    },
  });

describe('The payer of a claim', () => {
  it.each<[string, Claim | undefined, string | null]>([
    ['none', undefined, null],
    ['Stripe', claim('stripe'), 'stripe'],
    ['a trial of the app', claim('trial'), 'trial'],
    ['a grant', claim('grant'), 'grant'],
    ['another writer', claim('other_writer'), null],
    ['the App Store', inStore('app_store'), 'app_store'],
    ['the Play Store', inStore('play_store'), 'play_store'],
    ['a promotion', inStore('promotional'), 'grant'],
    ['a store that no one knows', inStore(null), null],
    ['a purchase whose id other code has removed', claim('revenuecat'), null],
  ])('is shown for %s', (_, given, source) => {
    const manageUrl = given?.origin === undefined ? null : 'https://store.example.com';
    expect(payerOf(given)).toEqual({ source, manage_url: manageUrl });
  });
});

describe('The features', () => {
  const stripe = claim('stripe', { stripeStatus: 'active', subscriptionId: 'sub_1' });
  const over = { status: 'canceled', currentPeriodEnd: null } as const;
  const late = { ...stripe, status: 'past_due', stripeStatus: 'past_due' };
  const features = (ofStripe: readonly string[] | null, ...claims: readonly Claim[]) => {
    const [first] = claims;
    const { source: _, origin: __, ...deciding } = first ?? claim('stripe');
    const state = first === undefined ? {} : { ...deciding, status: 'active' as const };
    return answerOf(row({ ...state, features: ofStripe, claims }), T0, policy).features;
  };

  it.each<[string, readonly string[] | null, readonly Claim[], readonly string[] | null]>([
    ['of Stripe while it gives access', ['api', 'pro'], [stripe], ['api', 'pro']],
    [
      'of both in order, each once',
      ['pro', 'api'],
      [stripe, inStore('app_store', ['web', 'api'])],
      ['api', 'pro', 'web'],
    ],
    [
      'of a store alone while Stripe gives no access',
      ['api'],
      [inStore('app_store', ['web']), late],
      ['web'],
    ],
    [
      'of a store if those of Stripe were never read',
      null,
      [inStore('app_store', ['web', 'app'])],
      ['app', 'web'],
    ],
    ['unknown if no one has read any', null, [inStore('app_store')], null],
    ['not of a purchase that is over', ['api'], [stripe, inStore('app_store', ['web'], over)], ['api']],
    ['kept by the row while something else than Stripe gives access', ['api'], [claim('grant')], ['api']],
    ['none without access', ['api'], [], []],
    [
      'none of a purchase without access',
      null,
      [inStore('app_store', ['web'], { currentPeriodEnd: T0 })],
      null,
    ],
  ])('are %s', (_, ofStripe, claims, expected) => {
    expect(features(ofStripe, ...claims)).toEqual(expected);
  });
});
