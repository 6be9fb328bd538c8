import type { UpdateUserPoolRequest, UserPoolType } from '@aws-sdk/client-cognito-identity-provider';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { samplePool } from '../../tests/infra/sample-pool.ts';
import { type Change, readOnly, withoutTrigger, withTrigger } from './merge.ts';

const ours = 'arn:aws:lambda:us-east-1:123456789012:function:predixa-prod-post-confirmation';
const theirs = 'arn:aws:lambda:us-east-1:123456789012:function:welcome';

const adding = { functionArn: ours, replaces: [], replacesAny: false };

function requestOf(change: Change): UpdateUserPoolRequest {
  if (change.kind !== 'update') throw new Error(`The change is ${change.kind}`);
  return change.request;
}

/** What UpdateUserPool makes of a request: whatever it does not say is gone. */
function updated(pool: UserPoolType, request: UpdateUserPoolRequest): UserPoolType {
  const { UserPoolId: _, PoolName, ...settings } = request;
  const kept = Object.fromEntries(Object.entries(pool).filter(([key]) => key in readOnly));
  return { ...kept, ...settings, ...(PoolName === undefined ? {} : { Name: PoolName }) };
}

/** Any part of the settings of the sample, since pools rarely have them all. */
const pools: fc.Arbitrary<UserPoolType> = fc
  .subarray(Object.keys(samplePool) as (keyof UserPoolType)[])
  .map((keys) => Object.fromEntries([...keys, 'Id' as const].map((key) => [key, samplePool[key]])));

const triggers = fc.option(fc.constantFrom(ours, theirs), { nil: undefined });

function calling(pool: UserPoolType, trigger: string | undefined): UserPoolType {
  const { PostConfirmation: _, ...others } = pool.LambdaConfig ?? {};
  return {
    ...pool,
    LambdaConfig: { ...others, ...(trigger === undefined ? {} : { PostConfirmation: trigger }) },
  };
}

/** Without what comes back otherwise: the validity under its new name, and AWS's own tags, which stay by themselves. */
function comparable(pool: UserPoolType): object {
  const renamed = new Set(['AdminCreateUserConfig', 'Policies', 'UserPoolTags']);
  return Object.fromEntries(Object.entries(pool).filter(([key]) => !renamed.has(key)));
}

describe('a trigger added to a pool', () => {
  const request = requestOf(withTrigger(samplePool, adding));

  it('keeps every other trigger', () => {
    expect(request.LambdaConfig).toEqual({ ...samplePool.LambdaConfig, PostConfirmation: ours });
  });

  it('sends back every setting there is, and nothing that cannot be set', () => {
    const sent = Object.keys(request).sort();
    const settable = Object.keys(samplePool).filter((key) => !(key in readOnly));
    expect(sent).toEqual([...settable, 'PoolName', 'UserPoolId'].sort());
    expect(comparable(updated(samplePool, request))).toEqual(comparable(calling(samplePool, ours)));
  });

  it('keeps the name of the pool, which UpdateUserPool takes under another key', () => {
    expect(request).toMatchObject({ UserPoolId: 'us-east-1_Abc123xyz', PoolName: 'shop-customers' });
  });

  it('sends the validity of first passwords under the one name that is not refused', () => {
    expect(request.AdminCreateUserConfig).toEqual({
      AllowAdminCreateUserOnly: true,
      InviteMessageTemplate: { EmailSubject: 'You are invited', EmailMessage: '{username} {####}' },
    });
    expect(request.Policies).toEqual(samplePool.Policies);
  });

  it('keeps that validity where a pool has it under the old name alone', () => {
    const old: UserPoolType = {
      Id: 'us-east-1_Abc123xyz',
      Policies: { PasswordPolicy: { MinimumLength: 10 } },
      AdminCreateUserConfig: { UnusedAccountValidityDays: 30 },
    };
    expect(requestOf(withTrigger(old, adding))).toMatchObject({
      AdminCreateUserConfig: {},
      Policies: { PasswordPolicy: { MinimumLength: 10, TemporaryPasswordValidityDays: 30 } },
    });
  });

  it("leaves AWS's own tags out, which it would refuse, and keeps all others", () => {
    expect(request.UserPoolTags).toEqual({ team: 'shop' });
  });

  it('never takes the place of another function, unless that is configured', () => {
    const pool = calling(samplePool, theirs);
    expect(withTrigger(pool, adding)).toEqual({ kind: 'taken', functionArn: theirs });
    expect(
      requestOf(withTrigger(pool, { ...adding, replacesAny: true })).LambdaConfig?.PostConfirmation,
    ).toBe(ours);
  });

  it('takes the place of our own of an earlier deployment', () => {
    const change = withTrigger(calling(samplePool, theirs), { ...adding, replaces: [theirs] });
    expect(requestOf(change).LambdaConfig?.PostConfirmation).toBe(ours);
  });

  it('writes nothing where it is there already', () => {
    expect(withTrigger(calling(samplePool, ours), adding)).toEqual({ kind: 'unchanged' });
  });
});

describe('a trigger taken off a pool', () => {
  it('takes off this one alone', () => {
    const request = requestOf(withoutTrigger(calling(samplePool, ours), ours));
    expect(request.LambdaConfig).toEqual(samplePool.LambdaConfig);
  });

  it.each([theirs, undefined])('leaves what is not ours as it is: %s', (trigger) => {
    expect(withoutTrigger(calling(samplePool, trigger), ours)).toEqual({ kind: 'unchanged' });
  });
});

describe('whatever a pool is set to', () => {
  it('an addition changes no setting but the trigger', () => {
    fc.assert(
      fc.property(pools, triggers, (settings, trigger) => {
        const pool = calling(settings, trigger);
        const change = withTrigger(pool, { ...adding, replacesAny: true });
        const after = change.kind === 'update' ? updated(pool, change.request) : pool;
        expect(comparable(after)).toEqual(comparable(calling(settings, ours)));
      }),
    );
  });

  it('adding and taking off again changes nothing at all', () => {
    fc.assert(
      fc.property(pools, (settings) => {
        const pool = calling(settings, undefined);
        const added = updated(pool, requestOf(withTrigger(pool, adding)));
        const removed = updated(added, requestOf(withoutTrigger(added, ours)));
        expect(comparable(removed)).toEqual(comparable(pool));
      }),
    );
  });
});
