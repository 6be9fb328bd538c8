import { describe, expect, it } from 'vitest';
import { writtenPayer } from './written-payer.ts';

const apple = { store: 'app_store', manageUrl: 'https://apps.apple.com/account/subscriptions' };
const google = { store: 'play_store', manageUrl: 'https://play.google.com/store/account/subscriptions' };
const claim = { source: 'other_writer', plan: 'monthly_pro' } as const;

describe('The payer that another writer names', () => {
  it.each<readonly [string, object | undefined]>([
    ...['ios', 'iOS', ' iphone ', 'apple', 'App Store', 'app-store', 'APP_STORE', 'mac_app_store'].map(
      (platform) => [platform, apple] as const,
    ),
    ...['android', 'google_play', 'Google Play', 'play_store', 'PLAY_STORE'].map(
      (platform) => [platform, google] as const,
    ),
    ['amazon', { store: 'amazon', manageUrl: null }],
    ['rc_billing', { store: 'web', manageUrl: null }],
    ['revenuecat', apple],
    ...['stripe', 'web', 'manual', 'constructor', '__proto__', ''].map(
      (platform) => [platform, undefined] as const,
    ),
  ])('as %j is understood', (platform, expected) => {
    expect(writtenPayer(claim, { platform })).toEqual(expected);
  });

  it('is the Play Store if RevenueCat sold a product with a base plan', () => {
    const plan = 'pro:monthly';
    expect(writtenPayer({ ...claim, plan }, { platform: 'revenuecat' })).toEqual(google);
    expect(writtenPayer({ ...claim, plan: null }, { platform: 'revenuecat' })).toEqual(apple);
  });

  it('is none without a name, and for what is not written by another writer', () => {
    expect(writtenPayer(claim, {})).toBeUndefined();
    expect(writtenPayer(claim, { platform: null })).toBeUndefined();
    for (const source of ['stripe', 'revenuecat', 'grant', 'trial'] as const)
      expect(writtenPayer({ ...claim, source }, { platform: 'ios' })).toBeUndefined();
  });
});
