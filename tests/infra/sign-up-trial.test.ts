/** The trial at sign-up: its setting, and the key of the hash only where it is used. */
import { describe, expect, it } from 'vitest';
import type { FunctionName } from '../../contract/functions.ts';
import { type StageConfig, stages } from '../../infra/config.ts';
import { functionIn, statementsByFunction, synthesize } from './synth.ts';

function trialOf(name: FunctionName, config: StageConfig) {
  const template = synthesize(config);
  const { Variables } = functionIn(template, name).Properties['Environment'] as {
    Variables: Record<string, unknown>;
  };
  const resources = (statementsByFunction(template, { config })[name] ?? []).map(({ resource }) => resource);
  return {
    days: Variables['SIGN_UP_TRIAL_DAYS'],
    namesKey: 'TRIAL_HASH_KEY_SECRET_ARN' in Variables,
    readsKey: resources.includes('trial_hash_key'),
  };
}

describe('A stage', () => {
  const { dev } = stages;
  const withTrial = { ...dev, access: { ...dev.access, signUpTrialDays: 14 } };

  it('gives the sign-up neither a trial nor the key of the hash by default', () => {
    expect(trialOf('post-confirmation', dev)).toEqual({ days: undefined, namesKey: false, readsKey: false });
  });

  it('with a trial at sign-up gives it the days and the key', () => {
    expect(trialOf('post-confirmation', withTrial)).toEqual({ days: '14', namesKey: true, readsKey: true });
  });

  it('with only a trial at sign-up names no key for the checkout', () => {
    const only = { ...withTrial, checkout: { ...dev.checkout, trialDays: 0 } };
    expect(trialOf('checkout', only).namesKey).toBe(false);
    expect(trialOf('post-confirmation', only).namesKey).toBe(true);
  });
});
