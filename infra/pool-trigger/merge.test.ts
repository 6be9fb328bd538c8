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

/** Applies a request as UpdateUserPool does: a setting that the request omits is reset. */
function updated(pool: UserPoolType, request: UpdateUserPoolRequest): UserPoolType {
  const { UserPoolId: _, PoolName, ...settings } = request;
  const kept = Object.fromEntries(Object.entries(pool).filter(([key]) => key in readOnly));
  return { ...kept, ...settings, ...(PoolName === undefined ? {} : { Name: PoolName }) };
}

/** Any subset of the sample's settings, since pools rarely have all of them. */
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

/** Omits what changes its form: the password validity gets its new name, and AWS keeps its own tags by itself. */
function comparable(pool: UserPoolType): object {
  const renamed = new Set(['AdminCreateUserConfig', 'Policies', 'UserPoolTags']);
  return Object.fromEntries(Object.entries(pool).filter(([key]) => !renamed.has(key)));
}

describe('Adding the trigger to a pool', () => {
  const request = requestOf(withTrigger(samplePool, adding));

  it('keeps every other trigger', () => {
    expect(request.LambdaConfig).toEqual({ ...samplePool.LambdaConfig, PostConfirmation: ours });
  });

  it('sends back every existing setting, and no read-only value', () => {
    const sent = Object.keys(request).sort();
    const settable = Object.keys(samplePool).filter((key) => !(key in readOnly));
    expect(sent).toEqual([...settable, 'PoolName', 'UserPoolId'].sort());
    expect(comparable(updated(samplePool, request))).toEqual(comparable(calling(samplePool, ours)));
  });

  it('keeps the name of the pool, which UpdateUserPool expects under another key', () => {
    expect(request).toMatchObject({ UserPoolId: 'us-east-1_Abc123xyz', PoolName: 'shop-customers' });
  });

  it('sends the validity of temporary passwords only under the name that UpdateUserPool accepts', () => {
    expect(request.AdminCreateUserConfig).toEqual({
      AllowAdminCreateUserOnly: true,
      InviteMessageTemplate: { EmailSubject: 'You are invited', EmailMessage: '{username} {####}' },
    });
    expect(request.Policies).toEqual(samplePool.Policies);
  });

  it('keeps the validity of temporary passwords if a pool has it only under the old name', () => {
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

  it("omits AWS's own tags, which UpdateUserPool rejects, and keeps all others", () => {
    expect(request.UserPoolTags).toEqual({ team: 'shop' });
  });

  it('never replaces another function unless that is configured', () => {
    const pool = calling(samplePool, theirs);
    expect(withTrigger(pool, adding)).toEqual({ kind: 'taken', functionArn: theirs });
    expect(
      requestOf(withTrigger(pool, { ...adding, replacesAny: true })).LambdaConfig?.PostConfirmation,
    ).toBe(ours);
  });

  it('replaces our own function of an earlier deployment', () => {
    const change = withTrigger(calling(samplePool, theirs), { ...adding, replaces: [theirs] });
    expect(requestOf(change).LambdaConfig?.PostConfirmation).toBe(ours);
  });

  it('changes nothing if the trigger exists already', () => {
    expect(withTrigger(calling(samplePool, ours), adding)).toEqual({ kind: 'unchanged' });
  });
});

describe('Removing the trigger from a pool', () => {
  it('removes only this trigger', () => {
    const request = requestOf(withoutTrigger(calling(samplePool, ours), ours));
    expect(request.LambdaConfig).toEqual(samplePool.LambdaConfig);
  });

  it.each([theirs, undefined])('changes nothing if the pool calls %s', (trigger) => {
    expect(withoutTrigger(calling(samplePool, trigger), ours)).toEqual({ kind: 'unchanged' });
  });
});

describe('For any settings of a pool', () => {
  it('adding the trigger changes no other setting', () => {
    fc.assert(
      fc.property(pools, triggers, (settings, trigger) => {
        const pool = calling(settings, trigger);
        const change = withTrigger(pool, { ...adding, replacesAny: true });
        const after = change.kind === 'update' ? updated(pool, change.request) : pool;
        expect(comparable(after)).toEqual(comparable(calling(settings, ours)));
      }),
    );
  });

  it('adding and then removing the trigger restores the settings', () => {
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
