import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expectedMode,
  formerHashKey,
  isSecretName,
  readSecret,
  type SecretName,
  secretNames,
} from './secrets.ts';

const json = (record: object) => JSON.stringify(record);

const understood: readonly (readonly [SecretName, string, string])[] = [
  ['STRIPE_API_KEY', 'sk_test_a1', 'sk_test_a1'],
  ['STRIPE_API_KEY', 'rk_live_a1', 'rk_live_a1'],
  ['STRIPE_API_KEY', ' "sk_test_a1"\r\n', 'sk_test_a1'],
  ['STRIPE_API_KEY', '\uFEFFsk_test_\u200Ba1', 'sk_test_a1'],
  ['STRIPE_API_KEY', 'sk_test_a1,', 'sk_test_a1'],
  ['STRIPE_API_KEY', json({ STRIPE_API_KEY: 'sk_test_a1' }), 'sk_test_a1'],
  ['STRIPE_API_KEY', json({ STRIPE_SECRET_KEY: 'sk_test_a1' }), 'sk_test_a1'],
  ['STRIPE_API_KEY', json({ anything: ' sk_test_a1 ' }), 'sk_test_a1'],
  ['STRIPE_API_KEY', `\uFEFF${json({ a: 'sk_test_a1' })}\n`, 'sk_test_a1'],
  [
    'STRIPE_API_KEY',
    json({ publishable: 'pk_test_a1', secret: 'sk_test_a1', webhook: 'whsec_a' }),
    'sk_test_a1',
  ],
  ['STRIPE_API_KEY', json({ a: 'sk_test_a1', b: 'sk_test_a1' }), 'sk_test_a1'],
  ['STRIPE_API_KEY', json({ 'stripe-api-key': 'sk_test_a1', OLD: 'sk_test_b2' }), 'sk_test_a1'],
  ['STRIPE_API_KEY', json({ stripe: 'sk_test_a1', other: 'sk_test_b2' }), 'sk_test_a1'],
  ['STRIPE_WEBHOOK_SECRET', 'whsec_a', 'whsec_a'],
  ['STRIPE_WEBHOOK_SECRET', 'whsec_a, whsec_b', 'whsec_a,whsec_b'],
  ['STRIPE_WEBHOOK_SECRET', '"whsec_a"\n\'whsec_b\'\n', 'whsec_a,whsec_b'],
  ['STRIPE_WEBHOOK_SECRET', 'whsec_a whsec_b;whsec_a', 'whsec_a,whsec_b'],
  ['STRIPE_WEBHOOK_SECRET', '["whsec_a","whsec_b"]', 'whsec_a,whsec_b'],
  ['STRIPE_WEBHOOK_SECRET', json({ STRIPE_WEBHOOK_SECRET: 'whsec_a,whsec_b' }), 'whsec_a,whsec_b'],
  ['STRIPE_WEBHOOK_SECRET', json({ STRIPE_WEBHOOK_SECRET: ['whsec_a', 'whsec_b'] }), 'whsec_a,whsec_b'],
  ['STRIPE_WEBHOOK_SECRET', json({ current: 'whsec_a', previous: 'whsec_b' }), 'whsec_a,whsec_b'],
  ['STRIPE_WEBHOOK_SECRET', json({ one: 'whsec_a', two: 'whsec_b', key: 'sk_test_a' }), 'whsec_a,whsec_b'],
  [
    'STRIPE_WEBHOOK_SECRET',
    json({ STRIPE_WEBHOOK_SECRET: 'whsec_a', STRIPE_WEBHOOK_SECRET_OLD: 'whsec_b', other: 'whsec_c' }),
    'whsec_a,whsec_b',
  ],
  [
    'STRIPE_WEBHOOK_SECRET',
    json({ STRIPE_WEBHOOK_SECRET: 'whsec_a', STRIPE_WEBHOOK_SECRET_PREVIOUS: null }),
    'whsec_a',
  ],
  ['REVENUECAT_API_KEY', 'sk_AbC', 'sk_AbC'],
  ['REVENUECAT_API_KEY', 'atk_AbC', 'atk_AbC'],
  ['REVENUECAT_API_KEY', json({ stripe: 'sk_test_a', revenuecat: 'sk_AbC', ios: 'appl_a' }), 'sk_AbC'],
  ['REVENUECAT_WEBHOOK_SECRET', 'Bearer a b', 'Bearer a b'],
  ['REVENUECAT_WEBHOOK_SECRET', 'a one , b two', 'a one,b two'],
  ['REVENUECAT_WEBHOOK_SECRET', json({ Authorization: 'Bearer a b', other: 'c' }), 'Bearer a b'],
  ['REVENUECAT_WEBHOOK_SECRET', json({ new: 'a', old: 'b' }), 'a,b'],
  ['REVENUECAT_WEBHOOK_SECRET', '{"not json', '{"not json'],
  ['TRIAL_HASH_KEY', ' a key \n', 'a key'],
  ['TRIAL_HASH_KEY', '"a key"', '"a key"'],
  ['TRIAL_HASH_KEY', 'a,b', 'a,b'],
  ['TRIAL_HASH_KEY', json({ TRIAL_HASH_KEY: 'a key', STRIPE_API_KEY: 'sk_test_a' }), 'a key'],
  ['TRIAL_HASH_KEY', json({ anything: 'a key' }), 'a key'],
  ['TRIAL_HASH_KEY', '{not json', '{not json'],
];

const rejected: readonly (readonly [SecretName, string, string])[] = [
  ['STRIPE_API_KEY', '', 'is empty'],
  ['STRIPE_API_KEY', ' \u200B"" ', 'is empty'],
  ['STRIPE_API_KEY', ',', 'is empty'],
  ['STRIPE_API_KEY', 'pk_test_a1', 'is a publishable key of Stripe (pk_…)'],
  ['STRIPE_API_KEY', 'whsec_a1', 'is a webhook secret of Stripe (whsec_…)'],
  ['STRIPE_API_KEY', 'sk_org_live_a1', 'is a key of an organization in Stripe (sk_org_…)'],
  ['STRIPE_API_KEY', 'sk_AbC', 'is a secret key without a mode, as RevenueCat has them (sk_…)'],
  ['STRIPE_API_KEY', 'appl_AbC', 'is a public SDK key of RevenueCat'],
  ['STRIPE_API_KEY', 'hello', 'is a text of another kind'],
  [
    'STRIPE_API_KEY',
    'sk_live_51ab…9z',
    'has characters that no such value has, as a shortened or masked copy does',
  ],
  [
    'STRIPE_API_KEY',
    'sk_live_51ab****9z',
    'has characters that no such value has, as a shortened or masked copy does',
  ],
  ['STRIPE_API_KEY', 'sk_live_...', 'is a placeholder'],
  ['STRIPE_API_KEY', '{KEY}', 'is a placeholder'],
  ['STRIPE_API_KEY', 'sk_test_a,sk_test_b', 'has several values'],
  ['STRIPE_API_KEY', 'sk_test_a b', 'has several values'],
  ['STRIPE_API_KEY', '{STRIPE_API_KEY:sk_test_a}', 'is JSON that cannot be read'],
  ['STRIPE_API_KEY', '{}', 'is JSON without a key of that name'],
  ['STRIPE_API_KEY', json({ STRIPE_API_KEY: '' }), 'is empty'],
  ['STRIPE_API_KEY', json({ STRIPE_API_KEY: 7 }), 'is JSON with a value that is no text'],
  ['STRIPE_API_KEY', json({ stripe: { key: 'sk_test_a1' } }), 'is JSON with a value that is no text'],
  ['STRIPE_API_KEY', json({ STRIPE_API_KEY: 'pk_test_a' }), 'is a publishable key of Stripe (pk_…)'],
  ['STRIPE_API_KEY', json({ a: 'sk_test_a', b: 'sk_test_b' }), 'is JSON with several keys that fit'],
  ['STRIPE_API_KEY', json({ a: 'pk_test_a', b: 'whsec_b' }), 'is JSON without a key of that name'],
  ['STRIPE_API_KEY', json({ a: { b: 'sk_test_b' }, c: '' }), 'is JSON without a key of that name'],
  ['STRIPE_WEBHOOK_SECRET', 'sk_test_a', 'is a key of Stripe in test mode'],
  ['STRIPE_WEBHOOK_SECRET', 'we_1abc', 'is the id of a webhook endpoint in Stripe (we_…)'],
  ['STRIPE_WEBHOOK_SECRET', 'whsec_a,changeme', 'is a placeholder'],
  [
    'STRIPE_WEBHOOK_SECRET',
    'whsec_a**',
    'has characters that no such value has, as a shortened or masked copy does',
  ],
  ['REVENUECAT_API_KEY', 'sk_test_a', 'is a key of Stripe in test mode'],
  ['REVENUECAT_API_KEY', 'rk_live_a', 'is a key of Stripe in live mode'],
  ['REVENUECAT_API_KEY', 'appl_AbC', 'is a public SDK key of RevenueCat'],
  ['REVENUECAT_API_KEY', 'goog_AbC', 'is a public SDK key of RevenueCat'],
  [
    'REVENUECAT_API_KEY',
    'sk_Ab…',
    'has characters that no such value has, as a shortened or masked copy does',
  ],
  ['REVENUECAT_WEBHOOK_SECRET', 'whsec_a', 'is a webhook secret of Stripe (whsec_…)'],
  ['REVENUECAT_WEBHOOK_SECRET', 'sk_AbC', 'is a secret key without a mode, as RevenueCat has them (sk_…)'],
  ['REVENUECAT_WEBHOOK_SECRET', 'changeme', 'is a placeholder'],
  ['REVENUECAT_WEBHOOK_SECRET', 'a\tb', 'has a line break in it'],
  ['REVENUECAT_WEBHOOK_SECRET', json({ a: 'x', b: 'y' }), 'is JSON without a key of that name'],
  ['TRIAL_HASH_KEY', 'sk_live_a', 'is a key of Stripe in live mode'],
  ['TRIAL_HASH_KEY', '<key>', 'is a placeholder'],
  ['TRIAL_HASH_KEY', '{KEY}', 'is a placeholder'],
  ['TRIAL_HASH_KEY', ' ', 'is empty'],
  ['TRIAL_HASH_KEY', json({ a: 'x', b: 'y' }), 'is JSON without a key of that name'],
];

describe('A secret', () => {
  it.each(understood)('%s: %j is read as %j', (name, text, value) => {
    expect(readSecret(name, text)).toEqual({ value });
  });

  it.each(rejected)('%s: %j is rejected, because it %s', (name, text, what) => {
    const reading = readSecret(name, text);
    expect('wrong' in reading && reading.wrong).toMatch(/: store .{20,}/);
    expect('wrong' in reading && reading.wrong.split(/ \(name it|: store/)[0]).toBe(what);
  });

  it('is never quoted by what says that it is wrong', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,40}$/);
    const wrap = fc.constantFrom(
      (text: string) => text,
      (text: string) => `pk_live_${text}`,
      (text: string) => `sk_live_${text}*`,
      (text: string) => json({ [text]: text, b: `${text}2` }),
      (text: string) => `{${text}`,
      (text: string) => `arn:aws:ssm:us-east-1:000000000000:parameter/${text}`,
    );
    fc.assert(
      fc.property(fc.constantFrom(...secretNames), secret, wrap, (name, text, wrapped) => {
        const reading = readSecret(name, wrapped(text));
        expect('wrong' in reading ? reading.wrong : '').not.toContain(text);
      }),
    );
  });

  it('is read as the same value once it has been read', () => {
    fc.assert(
      fc.property(fc.constantFrom(...understood), ([name, text]) => {
        const once = readSecret(name, text);
        expect('value' in once && readSecret(name, once.value)).toEqual(once);
      }),
    );
  });

  it('has a name of this list', () => {
    expect(secretNames.every(isSecretName)).toBe(true);
    expect(isSecretName('toString')).toBe(false);
  });
});

describe('The mode of a key', () => {
  it.each([
    ['live', 'sk_test_a', 'is a key of test mode, but this stage uses live mode (STRIPE_MODE)'],
    ['test', 'rk_live_a', 'is a key of live mode, but this stage uses test mode (STRIPE_MODE)'],
  ] as const)('%s does not accept %s', (mode, text, what) => {
    const reading = readSecret('STRIPE_API_KEY', text, { mode });
    expect('wrong' in reading && reading.wrong.split(':')[0]).toBe(what);
  });

  it('accepts its own keys, and finds them in JSON', () => {
    const both = json({ live: 'sk_live_a', test: 'sk_test_b' });
    expect(readSecret('STRIPE_API_KEY', both, { mode: 'live' })).toEqual({ value: 'sk_live_a' });
    expect(readSecret('STRIPE_API_KEY', both, { mode: 'test' })).toEqual({ value: 'sk_test_b' });
  });

  it.each([
    [undefined, undefined, undefined],
    [undefined, 'prod', 'live'],
    [undefined, 'dev', 'test'],
    [undefined, 'staging', undefined],
    ['test', 'prod', 'test'],
    ['LIVE', 'dev', 'live'],
    ['other', 'dev', 'test'],
  ])('is by STRIPE_MODE %s and the stage %s: %s', (mode, stage, expected) => {
    expect(expectedMode(mode, stage)).toBe(expected);
  });
});

describe('The key of the hash as version 0.1 read it', () => {
  it.each([
    [' a key \n', undefined],
    ['"a key"', undefined],
    [json({ TRIAL_HASH_KEY: 'a key' }), json({ TRIAL_HASH_KEY: 'a key' })],
    [` ${json({ a: 'a key' })}\n`, json({ a: 'a key' })],
    ['changeme', undefined],
  ])('of %j is %j', (text, former) => {
    expect(formerHashKey(text)).toBe(former);
  });
});
