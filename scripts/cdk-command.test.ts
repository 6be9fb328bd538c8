import { describe, expect, it } from 'vitest';
import { type CdkCommand, parseCdkCommand, verbs } from './cdk-command.ts';

function argsOf(plan: CdkCommand): readonly string[] {
  if (plan.kind !== 'run') throw new Error(plan.message);
  return plan.cdkArgs;
}

const quiet = ['--context', 'stage=dev', '--no-notices', '--no-version-reporting'];

describe('a command for the CDK', () => {
  it.each(['deploy', 'diff'] as const)('%s works on the stack of the stage, and on no other', (verb) => {
    expect(argsOf(parseCdkCommand([verb, '--stage', 'dev']))).toEqual([
      verb,
      'predixa-accounts-dev',
      ...quiet,
    ]);
  });

  it.each(verbs)('%s has no default for the stage', (verb) => {
    expect(parseCdkCommand([verb])).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('Which stage?') as unknown,
    });
  });

  it.each(verbs)('%s refuses a stage that is not configured', (verb) => {
    expect(parseCdkCommand([verb, '--stage', 'prd'])).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('There is no stage prd') as unknown,
    });
  });

  it.each([['deploy', '--stagee', 'dev'], ['deploy', 'dev'], ['synthesise'], []].map((args) => ({ args })))(
    'refuses what it cannot read: $args',
    ({ args }) => {
      expect(parseCdkCommand(args).kind).toBe('refused');
    },
  );

  it('asks before permissions widen, unless told not to', () => {
    expect(argsOf(parseCdkCommand(['deploy', '--stage', 'dev', '--yes']))).toEqual([
      'deploy',
      'predixa-accounts-dev',
      ...quiet,
      '--require-approval',
      'never',
    ]);
  });

  it('puts back what was changed by hand, if told to, and with no other verb', () => {
    expect(argsOf(parseCdkCommand(['deploy', '--stage', 'dev', '--revert-drift']))).toContain(
      '--revert-drift',
    );
    for (const verb of ['diff', 'destroy'])
      expect(parseCdkCommand([verb, '--stage', 'dev', '--keep-data', '--revert-drift']).kind).toBe('refused');
  });

  it('uses the profile named', () => {
    expect(argsOf(parseCdkCommand(['diff', '--stage', 'dev', '--profile', 'shop']))).toEqual([
      'diff',
      'predixa-accounts-dev',
      ...quiet,
      '--profile',
      'shop',
    ]);
  });

  it('tells how it is used', () => {
    expect(parseCdkCommand(['deploy', '--help']).kind).toBe('help');
  });
});

describe('destroy', () => {
  it('refuses without a word that one knows what stays, and tells it', () => {
    expect(parseCdkCommand(['destroy', '--stage', 'prod', '--yes'])).toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/UserProfiles and predixa_entitlements[^]*sign-ups fail/) as unknown,
    });
  });

  it('tells what stays also when it goes ahead, and lets the CDK ask once more', () => {
    const plan = parseCdkCommand(['destroy', '--stage', 'dev', '--keep-data']);
    expect(plan).toMatchObject({
      kind: 'run',
      notes: expect.arrayContaining([expect.stringContaining('predixa-dev-users')]) as unknown,
    });
    expect(argsOf(plan)).not.toContain('--force');
  });

  it('is alone in knowing --keep-data, so that nobody takes it for a precaution', () => {
    expect(parseCdkCommand(['deploy', '--stage', 'dev', '--keep-data']).kind).toBe('refused');
  });
});
