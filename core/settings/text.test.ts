import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText, isPlaceholder, kindOf, listIn } from './text.ts';

describe('A setting as it is typed', () => {
  it.each([
    ['value', 'value'],
    [' value\n', 'value'],
    ['\uFEFFvalue\r\n', 'value'],
    ['va\u200Blue\u200D', 'value'],
    ['\u00A0value\u3000', 'value'],
    ['"value"', 'value'],
    ["'value'", 'value'],
    ['`value`', 'value'],
    ['“value”', 'value'],
    ['„value“', 'value'],
    ['‘value’', 'value'],
    ['«value»', 'value'],
    ['\' "value" \'', 'value'],
    ['""', ''],
    ['"', '"'],
    ['"value', '"value'],
    ['"a","b"', '"a","b"'],
    ['{"a":"b"}', '{"a":"b"}'],
    ['\'{"a":"b"}\'', '{"a":"b"}'],
    ['"{"a":"b"}"', '{"a":"b"}'],
    ['"{\\"a\\":\\"b\\"}"', '{"a":"b"}'],
  ])('%j is %j', (typed, value) => {
    expect(cleanText(typed)).toBe(value);
  });

  it('is read once: a second reading changes nothing', () => {
    const typed = fc.string({
      unit: fc.constantFrom('"', "'", '“', '”', ' ', '\n', '\uFEFF', '\u200B', 'a', ','),
    });
    fc.assert(
      fc.property(typed, (text) => {
        expect(cleanText(cleanText(text))).toBe(cleanText(text));
      }),
    );
  });

  it.each([
    ['a,b', ['a', 'b']],
    [' a , b ,', ['a', 'b']],
    [',a,,b,', ['a', 'b']],
    ['a\nb\r\n', ['a', 'b']],
    ['"a","b"', ['a', 'b']],
    ["'a' , 'b'", ['a', 'b']],
    ['["a","b"]', ['a', 'b']],
    ['[a,b]', ['[a', 'b]']],
    ['["a",1]', ['["a"', '1]']],
    ['', []],
    [' , ', []],
  ])('that is the list %j has the values %j', (typed, values) => {
    expect(listIn(typed)).toEqual(values);
  });
});

describe('A placeholder', () => {
  it.each([
    '<your key>',
    '<STRIPE_API_KEY>',
    '[your key]',
    '${KEY}',
    '{KEY}',
    '{{ key }}',
    '$KEY',
    '%KEY%',
    'changeme',
    'change-me',
    'CHANGE_ME',
    'replace this',
    'REPLACE_WITH_KEY',
    'insert-here',
    'paste it here',
    'your_key',
    'your-key',
    'YOUR_STRIPE_KEY',
    'put_your_key_here',
    'my-api-key',
    'xxx',
    'XXXXXXXX',
    '***',
    '...',
    '…',
    'todo',
    'TBD',
    'placeholder',
    'dummy',
    'null',
    'undefined',
    'N/A',
    'redacted',
    '00000000',
    '---',
    'sk_live_xxx',
    'sk_test_...',
    'rk_live_your_key',
    'whsec_…',
    'whsec_xxxxxxxx',
    'price_xxx',
    'us-east-1_XXXXXXXXX',
    'proj_xxx',
  ])('is recognized: %s', (text) => {
    expect(isPlaceholder(text)).toBe(true);
    expect(kindOf(text)).toBe('a placeholder');
  });

  it.each([
    'sk_test_a',
    'whsec_test_current',
    'price_1QxYz',
    'pro_monthly',
    'us-east-1_Abc123xyz',
    'UserProfiles',
    'changes_monthly',
    'a-header-value-of-a-test',
    'Bearer the-shared-header',
    'https://app.example.com',
    'x',
    'xx',
    '{"a":"b"}',
    '["a","b"]',
    'https://a.example.com/?id={CHECKOUT_SESSION_ID}',
    'insertion',
    'yours',
    'exampleplan',
  ])('is none of these: %s', (text) => {
    expect(isPlaceholder(text)).toBe(false);
  });
});

describe('The kind of a value', () => {
  it.each([
    ['', 'empty'],
    ['sk_org_live_a', 'a key of an organization in Stripe (sk_org_…)'],
    ['sk_live_a', 'a key of Stripe in live mode'],
    ['rk_live_a', 'a key of Stripe in live mode'],
    ['rk_test_a', 'a key of Stripe in test mode'],
    ['pk_test_a', 'a publishable key of Stripe (pk_…)'],
    ['whsec_a', 'a webhook secret of Stripe (whsec_…)'],
    ['ek_test_a', 'a secret of Stripe for a client'],
    ['pi_1_secret_a', 'a secret of Stripe for a client'],
    ['appl_a', 'a public SDK key of RevenueCat'],
    ['goog_a', 'a public SDK key of RevenueCat'],
    ['test_a', 'a public SDK key of RevenueCat'],
    ['atk_a', 'a token of RevenueCat (atk_…)'],
    ['sk_a', 'a secret key without a mode, as RevenueCat has them (sk_…)'],
    ['prod_a', 'the id of a product in Stripe (prod_…)'],
    ['price_a', 'the id of a price in Stripe'],
    ['plan_a', 'the id of a price in Stripe'],
    ['we_a', 'the id of a webhook endpoint in Stripe (we_…)'],
    ['bpc_a', 'the id of a configuration of the billing portal (bpc_…)'],
    ['cus_a', 'the id of another object in Stripe'],
    ['proj1ab2', 'the id of a project in RevenueCat'],
    ['AKIAIOSFODNN7EXAMPLE', 'the id of an AWS access key'],
    ['arn:aws:secretsmanager:us-east-1:000000000000:secret:a', 'the ARN of a secret'],
    ['arn:aws:cognito-idp:us-east-1:000000000000:userpool/a', 'the ARN of a user pool'],
    ['arn:aws:iam::000000000000:role/a', 'the ARN of another kind of resource'],
    ['us-east-1:01234567-89ab-cdef-0123-456789abcdef', 'the id of an identity pool'],
    ['us-east-1_Abc', 'the id of a user pool'],
    ['capacitor://localhost', 'a URL'],
    ['{"a":1}', 'JSON'],
    ['anything else', undefined],
  ])('%j is %s', (text, kind) => {
    expect(kindOf(text)).toBe(kind);
  });
});
