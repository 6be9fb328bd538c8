import { describe, expect, it } from 'vitest';
import { replaceableSecrets } from './secrets.ts';

describe('The stored values that a registration replaces', () => {
  it.each([
    [undefined, []],
    ['', []],
    ['changeme', []],
    ['whsec_a,whsec_b', ['whsec_a', 'whsec_b']],
    [' "whsec_a"\nwhsec_a ', ['whsec_a']],
    ['whsec_a,pending', ['whsec_a']],
    ['{"current":"whsec_a","previous":"whsec_b"}', ['whsec_a', 'whsec_b']],
    ['{"STRIPE_WEBHOOK_SECRET":"whsec_a"}', ['whsec_a']],
  ])('in %j are %j', (text, values) => {
    expect(replaceableSecrets('STRIPE_WEBHOOK_SECRET', text)).toEqual(values);
  });

  it('of RevenueCat may have blanks, and are no placeholders', () => {
    const stored = replaceableSecrets('REVENUECAT_WEBHOOK_SECRET', 'Bearer a, changeme');
    expect(stored).toEqual(['Bearer a']);
  });

  it.each([
    '{"STRIPE_API_KEY":"sk_test_a","STRIPE_WEBHOOK_SECRET":"whsec_a"}',
    '{"STRIPE_API_KEY":"sk_test_a"}',
  ])('are not replaced where other keys would be lost: %s', (text) => {
    expect(() => replaceableSecrets('STRIPE_WEBHOOK_SECRET', text)).toThrow('JSON with other keys');
  });
});
