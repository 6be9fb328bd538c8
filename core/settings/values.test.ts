import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reading } from './text.ts';
import { readBaseUrl, readOrigin, readReturnUrl } from './urls.ts';
import {
  readChoice,
  readEventSource,
  readFlag,
  readNumber,
  readPortalConfiguration,
  readPriceName,
  readQueueArn,
  readQueueUrl,
  readRegion,
  readRevenueCatProject,
  readSecretArn,
  readTableName,
  readUserPoolId,
} from './values.ts';

/** Returns the value, or what was found, without how to correct it. */
const found = (reading: Reading<unknown>) =>
  'value' in reading ? reading.value : reading.wrong.replace(/: set .*$/, '');

describe('A number', () => {
  it.each([
    ['7', 7],
    ['7.0', 7],
    ['+7', 7],
    ['07', 7],
    ['1e3', 1_000],
    ['2.5e1', 25],
    ['5e-1', 0.5],
    ['.5', 0.5],
    ['7.', 7],
    ['７', 7],
    ['0', 0],
    ['-1', 'is a negative number'],
    ['−1', 'is a negative number'],
    ['25%', 'is a percentage'],
    ['0,25', 'is a number with separators'],
    ['1,000', 'is a number with separators'],
    ['1 000', 'is a number with separators'],
    ['0x10', 'is not a number'],
    ['1e400', 'is not a number'],
    ['Infinity', 'is not a number'],
    ['seven', 'is not a number'],
    ['7 days', 'is not a number'],
  ])('%s is %s', (text, expected) => {
    expect(found(readNumber(text, {}))).toBe(expected);
  });

  it.each([
    ['7.5', { whole: true }, 'is not a whole number'],
    ['731', { whole: true, max: 730 }, 'is too large'],
    ['1e10', {}, 10_000_000_000],
    ['0', { min: 1 }, 'is too small'],
    ['1', { min: 1, max: 1 }, 1],
  ])('%s in the range %j is %s', (text, range, expected) => {
    expect(found(readNumber(text, range))).toBe(expected);
  });

  it('says what to set', () => {
    expect(readNumber('x', { whole: true, min: 1, max: 9 })).toEqual({
      wrong: 'is not a number: set a whole number from 1 to 9',
    });
    expect(readNumber('x', {})).toEqual({ wrong: 'is not a number: set a number of at least 0' });
  });

  it('that JavaScript writes is read as itself', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), (value) => {
        expect(found(readNumber(String(value), {}))).toBe(value);
      }),
    );
  });
});

describe('A switch', () => {
  it.each(['true', 'True', 'TRUE', '1', 'yes', 'Y', 'on'])('%s is true', (text) => {
    expect(readFlag(text)).toEqual({ value: true });
  });
  it.each(['false', 'False', '0', 'no', 'N', 'OFF'])('%s is false', (text) => {
    expect(readFlag(text)).toEqual({ value: false });
  });
  it.each(['2', 'maybe', 'truee', '-1'])('%s is neither', (text) => {
    expect(found(readFlag(text))).toBe('is neither true nor false');
  });
  it('with names of its own has one of them', () => {
    expect(readChoice('LIVE', ['live', 'test'])).toEqual({ value: 'live' });
    expect(readChoice('prod', ['live', 'test'])).toEqual({
      wrong: 'is none of its values: set live or test',
    });
  });
});

const secret = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:predixa/key-AbCdEf';
const source = 'aws.partner/stripe.com/ed_test_1';

describe('An id', () => {
  const east = 'us-east-1';
  it.each<readonly [string, Reading<unknown>, unknown]>([
    ['a region', readRegion('us-gov-west-1'), 'us-gov-west-1'],
    ['a region of the sovereign cloud', readRegion('eusc-de-east-1'), 'eusc-de-east-1'],
    ['a pool there', readUserPoolId('eusc-de-east-1_Ab1', 'eusc-de-east-1'), 'eusc-de-east-1_Ab1'],
    ['an availability zone', readRegion('us-east-1a'), 'is an availability zone'],
    ['a region’s name', readRegion('Ireland'), 'is not a region of AWS'],
    ['a table', readTableName('User.Profiles-1_a', east), 'User.Profiles-1_a'],
    ['a table of two characters', readTableName('ab', east), 'is no name of a table'],
    ['a table with a blank', readTableName('my table', east), 'is no name of a table'],
    [
      'a table’s ARN',
      readTableName('arn:aws:dynamodb:us-east-1:000000000000:table/Users', east),
      'arn:aws:dynamodb:us-east-1:000000000000:table/Users',
    ],
    [
      'a table’s ARN elsewhere',
      readTableName('arn:aws:dynamodb:eu-west-1:000000000000:table/Users', east),
      'is a table in the region eu-west-1, but AWS_REGION is us-east-1',
    ],
    [
      'the ARN of an index',
      readTableName('arn:aws:dynamodb:us-east-1:000000000000:table/Users/index/a', east),
      'is the ARN of another kind of resource',
    ],
    ['a pool', readUserPoolId('us-east-1_Abc123', east), 'us-east-1_Abc123'],
    [
      'a pool elsewhere',
      readUserPoolId('eu-west-1_Abc123', east),
      'is a user pool in the region eu-west-1, but AWS_REGION is us-east-1',
    ],
    ['a pool of an emulator', readUserPoolId('local_Abc123', undefined), 'local_Abc123'],
    ['a pool of an emulator in AWS', readUserPoolId('local_Abc123', east), 'is no id of a user pool'],
    [
      'a pool’s ARN',
      readUserPoolId('arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_A', east),
      'is the ARN of a user pool',
    ],
    [
      'a pool’s address',
      readUserPoolId('https://cognito-idp.us-east-1.amazonaws.com/us-east-1_A', east),
      'is the address of a user pool',
    ],
    ['an app client', readUserPoolId('4k2example0client1abcdefgh', east), 'is the id of an app client'],
    [
      'an identity pool',
      readUserPoolId('us-east-1:01234567-89ab-cdef-0123-456789abcdef', east),
      'is the id of an identity pool',
    ],
    ['a secret', readSecretArn(secret, east), secret],
    ['a secret’s name', readSecretArn('predixa/dev/stripe-api-key', east), 'predixa/dev/stripe-api-key'],
    [
      'a secret elsewhere',
      readSecretArn(secret, 'eu-west-1'),
      'is a secret in the region us-east-1, but AWS_REGION is eu-west-1',
    ],
    [
      'a secret’s ARN with a blank',
      readSecretArn(secret.replace('key', 'k ey'), east),
      'is an ARN with blanks in it',
    ],
    [
      'a secret’s ARN with a key',
      readSecretArn(`${secret}:key::`, east),
      'is no whole ARN of a secret, or one with a part after it',
    ],
    [
      'a secret’s ARN that was cut',
      readSecretArn('arn:aws:secretsmanager:us-east-1', east),
      'is no whole ARN of a secret, or one with a part after it',
    ],
    ['a secret of an emulator', readSecretArn('arn:key', undefined), 'arn:key'],
    [
      'a parameter',
      readSecretArn('arn:aws:ssm:us-east-1:000000000000:parameter/a', east),
      'is a parameter of Systems Manager',
    ],
    [
      'a role',
      readSecretArn('arn:aws:iam::000000000000:role/a', east),
      'is the ARN of another kind of resource',
    ],
    ['a key instead of its ARN', readSecretArn('sk_live_a', east), 'is a key of Stripe in live mode'],
    ['a text instead of an ARN', readSecretArn('my secret', east), 'is no ARN'],
    ['a price', readPriceName('price_1QxYz'), 'price_1QxYz'],
    ['a legacy plan', readPriceName('plan_Abc'), 'plan_Abc'],
    ['a lookup key', readPriceName('pro_monthly'), 'pro_monthly'],
    ['a product', readPriceName('prod_Abc'), 'names the id of a product in Stripe (prod_…)'],
    ['a payment link', readPriceName('https://buy.stripe.com/a'), 'names a URL'],
    ['a price’s example', readPriceName('price_xxx'), 'names a placeholder'],
    ['a long lookup key', readPriceName('a'.repeat(201)), 'names a text of more than 200 characters'],
    ['a portal configuration', readPortalConfiguration('bpc_1Abc'), 'bpc_1Abc'],
    ['a portal’s page', readPortalConfiguration('https://billing.stripe.com/p/login/a'), 'is a URL'],
    ['a portal’s name', readPortalConfiguration('default'), 'is no id of Stripe'],
    ['a partner event source', readEventSource(source), source],
    ['the ARN of a source', readEventSource(`arn:aws:events:us-east-1::event-source/${source}`), source],
    [
      'the ARN of its bus',
      readEventSource(`arn:aws:events:us-east-1:000000000000:event-bus/${source}`),
      source,
    ],
    ['a destination', readEventSource('ed_test_1'), 'is only the id of a destination'],
    ['another bus', readEventSource('default'), 'is no source of Stripe'],
    ['a source of another partner', readEventSource('aws.partner/auth0.com/a'), 'is no source of Stripe'],
    [
      'a rule',
      readEventSource('arn:aws:events:us-east-1:000000000000:rule/a'),
      'is the ARN of another kind of resource',
    ],
    [
      'a queue',
      readQueueArn('arn:aws:sqs:us-east-1:000000000000:events'),
      'arn:aws:sqs:us-east-1:000000000000:events',
    ],
    [
      'a FIFO queue',
      readQueueArn('arn:aws-cn:sqs:cn-north-1:000000000000:e.fifo'),
      'arn:aws-cn:sqs:cn-north-1:000000000000:e.fifo',
    ],
    ['a queue’s URL', readQueueArn('https://sqs.us-east-1.amazonaws.com/000000000000/events'), 'is a URL'],
    ['a queue’s name', readQueueArn('stripe-events'), 'is no ARN'],
    [
      'a FIFO queue by its URL',
      readQueueUrl('https://sqs.us-east-1.amazonaws.com/000000000000/events.fifo'),
      'https://sqs.us-east-1.amazonaws.com/000000000000/events.fifo',
    ],
    [
      'a FIFO queue of a local cloud',
      readQueueUrl('http://127.0.0.1:4566/000000000000/events.fifo'),
      'http://127.0.0.1:4566/000000000000/events.fifo',
    ],
    [
      'a standard queue',
      readQueueUrl('https://sqs.us-east-1.amazonaws.com/000000000000/events'),
      'is no address of a FIFO queue',
    ],
    ['a queue’s ARN', readQueueUrl('arn:aws:sqs:us-east-1:000000000000:events.fifo'), 'is an ARN'],
    ['a queue’s other name', readQueueUrl('events.fifo'), 'is no address of a FIFO queue'],
    [
      'a topic',
      readQueueArn('arn:aws:sns:us-east-1:000000000000:a'),
      'is the ARN of another kind of resource',
    ],
    ['a project', readRevenueCatProject('proj1ab2c3d4'), 'proj1ab2c3d4'],
    ['an app', readRevenueCatProject('app1ab2c3d4'), 'is the id of an app in RevenueCat'],
    ['a project’s number', readRevenueCatProject('1ab2c3d4'), 'is no id of a project'],
    [
      'a project’s key',
      readRevenueCatProject('sk_AbC'),
      'is a secret key without a mode, as RevenueCat has them (sk_…)',
    ],
  ])('of %s', (_, reading, expected) => {
    expect(found(reading)).toBe(expected);
  });
});

describe('An origin', () => {
  it.each([
    ['https://app.example.com', 'https://app.example.com'],
    ['https://app.example.com/', 'https://app.example.com'],
    ['https://app.example.com//', 'https://app.example.com'],
    ['HTTPS://App.Example.COM', 'https://app.example.com'],
    ['https://app.example.com:443', 'https://app.example.com'],
    ['http://localhost:80/', 'http://localhost'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['http://localhost:*', 'http://localhost:*'],
    ['http://localhost:*/', 'http://localhost:*'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
    ['capacitor://localhost', 'capacitor://localhost'],
    ['Capacitor://LocalHost', 'capacitor://localhost'],
    ['https://app.example.com.', 'https://app.example.com'],
    ['https://app.example.com.:8443/', 'https://app.example.com:8443'],
    ['http://localhost.:*', 'http://localhost:*'],
    ['*', 'lists every page, which nothing may stand for'],
    ['null', 'lists every page, which nothing may stand for'],
    ['https://*.example.com', 'lists an origin with a wildcard, and each subdomain must be listed'],
    ['https://app.example.com:3*', 'lists an origin with a wildcard, and each subdomain must be listed'],
    ['https://app.example.com/path', 'lists an address with a path or a query'],
    ['https://app.example.com?a', 'lists an address with a path or a query'],
    ['https://app.example.com#a', 'lists an address with a path or a query'],
    ['https://ann:x@app.example.com', 'lists an address with a user name or a password'],
    ['app.example.com', 'lists an address without a scheme (https://)'],
    ['localhost:3000', 'lists an address without a scheme (https://)'],
    ['https://app example.com', 'lists an origin with a blank or a backslash in it'],
    ['https://', 'lists an address that cannot be read'],
    ['https://a:99999', 'lists an address that cannot be read'],
    ['file:///', 'lists an address without a host'],
    ['http://localhost:3000:*', 'lists an origin with two ports'],
    ['<origin>', 'lists a placeholder'],
  ])('%s is %s', (text, expected) => {
    expect(found(readOrigin(text))).toBe(expected.replace(/: set .*$/, ''));
  });

  it('is one that a browser sends, and its own form', () => {
    fc.assert(
      fc.property(fc.webUrl({ validSchemes: ['http', 'https'] }), fc.boolean(), (url, upper) => {
        const { origin } = new URL(url);
        const reading = readOrigin(`${upper ? origin.toUpperCase() : origin}/`);
        expect(reading).toEqual({ value: origin });
        expect(readOrigin(origin)).toEqual(reading);
      }),
    );
  });
});

describe('The base of an API', () => {
  it.each([
    ['http://localhost:12111', 'http://localhost:12111'],
    ['http://127.0.0.1:12111/', 'http://127.0.0.1:12111'],
    ['http://[::1]:12111', 'http://[::1]:12111'],
    ['https://api.stripe.com', 'https://api.stripe.com'],
    ['http://api.stripe.com', 'is an address that would send the key unencrypted (http://)'],
    ['http://api.stripe.com.', 'is an address that would send the key unencrypted (http://)'],
    ['https://api.stripe.com/v1', 'is an address with a path'],
    ['http://localhost:1?a=b', 'is an address with a query'],
    ['http://ann:x@localhost:1', 'is an address with a user name or a password'],
    ['localhost:12111', 'is an address without a scheme (https:// or http://)'],
    ['api.stripe.com', 'is an address without a scheme (https:// or http://)'],
    ['ftp://localhost', 'is an address with another scheme than https:// or http://'],
    ['http://[::1', 'is no address that can be read'],
    ['http://local host', 'is no address that can be read'],
  ])('%s is %s', (text, expected) => {
    const reading = readBaseUrl(text);
    expect('value' in reading ? reading.value.origin : found(reading)).toBe(expected);
  });
});

describe('The page to which users return', () => {
  it.each([
    ['https://app.example.com/a?session_id={CHECKOUT_SESSION_ID}', true],
    ['http://localhost:3000/account', true],
    ['myapp://return', true],
    ['app.example.com/account', 'is an address without a scheme (https://)'],
    ['/account', 'is an address without a scheme (https://)'],
    ['https://app.example.com/my account', 'is an address with a blank, a backslash or a wildcard in it'],
    ['https://*.example.com/', 'is an address with a blank, a backslash or a wildcard in it'],
    ['https://ann:x@app.example.com', 'is an address with a user name or a password'],
    ['https://', 'is no address that can be read'],
    [`https://a.example/${'a'.repeat(2_000)}`, 'is no address that can be read'],
  ])('%s is %s', (text, expected) => {
    expect(found(readReturnUrl(text))).toBe(expected === true ? text : expected);
  });
});
