import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createStage, type Item, type Stage } from '../support/stage.ts';
import { callsOn, expectDiscreteLogs, forAll, patience } from './checks.ts';
import { corrupted, type Json, json, noName, noSub, object, secrets, texts } from './inputs.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
});
beforeEach(() => stage.calm());
afterAll(() => stage.close());

const SIGN_UP = 'PostConfirmation_ConfirmSignUp';

async function expectEventBack(event: unknown): Promise<void> {
  // Compared as JSON text, in which `__proto__` is a key like any other.
  const back = JSON.stringify(await stage.invoke('post-confirmation', event));
  expect(back).toBe(JSON.stringify(event));
}

async function expectNothingDone(event: unknown): Promise<void> {
  await expectEventBack(event);
  expect(callsOn(stage)).toEqual([]);
}

async function expectNothingWritten(work: () => Promise<void>): Promise<void> {
  const before = await stage.itemCount();
  await work();
  expect(await stage.itemCount()).toBe(before);
}

function confirmation(overrides: Item, attributes: Item): Item {
  return {
    version: '1',
    userPoolId: stage.poolId,
    userName: 'user',
    triggerSource: SIGN_UP,
    request: { userAttributes: { email: secrets.email, name: secrets.name, ...attributes } },
    response: {},
    ...overrides,
  };
}

it('An event of any shape is returned unchanged, and no other system is called', patience, async () => {
  await expectNothingWritten(() => forAll(json, expectNothingDone));
});

it(
  'An event of any other trigger source is returned unchanged, and no other system is called',
  patience,
  async () => {
    const source = fc.oneof(
      json,
      texts,
      fc.constantFrom('PostConfirmation_ConfirmForgotPassword', `${SIGN_UP} `),
    );
    const other = source.filter((value) => value !== SIGN_UP);
    await expectNothingWritten(() =>
      forAll(other, (triggerSource) => expectNothingDone(confirmation({ triggerSource }, { sub: 'user' }))),
    );
  },
);

it(
  'A sign-up that names no user or no pool is returned unchanged, and no other system is called',
  patience,
  async () => {
    const nameless = fc.tuple(object, noSub).map(([attributes, sub]) => {
      return confirmation({}, { ...attributes, sub });
    });
    const poolless = noName.map((userPoolId) => confirmation({ userPoolId }, { sub: 'user' }));
    const without = json.map((request) => confirmation({ request }, {}));
    await expectNothingWritten(() => forAll(fc.oneof(nameless, poolless, without), expectNothingDone));
  },
);

it('A sign-up with attributes of any shape is returned unchanged', patience, async () => {
  const sub = fc.oneof({ weight: 9, arbitrary: fc.string() }, { weight: 1, arbitrary: texts });
  const attributes = fc.tuple(object, fc.record({ sub, email: json, given_name: json }));
  await forAll(attributes, ([others, own]) => expectEventBack(confirmation({}, { ...others, ...own })));
});

it('A sign-up that is corrupted anywhere is returned unchanged', patience, async () => {
  const event = corrupted(JSON.parse(JSON.stringify(confirmation({}, { sub: 'user-of-the-fuzz' }))) as Json);
  await forAll(event, expectEventBack);
});

it('No log line contains an email address, a name or a key', async () => {
  await expectEventBack(confirmation({ userPoolId: null }, { sub: 'user' }));
  expect(stage.logs.length).toBeGreaterThan(0);
  expectDiscreteLogs(stage);
});
