import { describe, expect, it } from 'vitest';
import { type CdkCommand, parseCdkCommand, verbs } from './command.ts';

function argsOf(plan: CdkCommand): readonly string[] {
  if (plan.kind !== 'run') throw new Error(plan.message);
  return plan.cdkArgs;
}

const quiet = ['--context', 'stage=dev', '--no-notices', '--no-version-reporting'];

describe('The CDK command', () => {
  it.each(['deploy', 'diff'] as const)('%s works only on the stack of the given stage', (verb) => {
    expect(argsOf(parseCdkCommand([verb, '--stage', 'dev']))).toEqual([
      verb,
      'predixa-accounts-dev',
      ...quiet,
    ]);
  });

  it.each(verbs)('%s has no default stage', (verb) => {
    expect(parseCdkCommand([verb])).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('--stage is missing') as unknown,
    });
  });

  it.each(verbs)('%s rejects an unknown stage', (verb) => {
    expect(parseCdkCommand([verb, '--stage', 'prd'])).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('There is no stage prd') as unknown,
    });
  });

  it.each([['deploy', '--stagee', 'dev'], ['deploy', 'dev'], ['synthesise'], []].map((args) => ({ args })))(
    'is rejected with invalid arguments: $args',
    ({ args }) => {
      expect(parseCdkCommand(args).kind).toBe('refused');
    },
  );

  it('deploy asks before it changes permissions, unless --yes is given', () => {
    expect(argsOf(parseCdkCommand(['deploy', '--stage', 'dev', '--yes']))).toEqual([
      'deploy',
      'predixa-accounts-dev',
      ...quiet,
      '--require-approval',
      'never',
    ]);
  });

  it('deploy reverts manual changes with --revert-drift, which no other verb accepts', () => {
    expect(argsOf(parseCdkCommand(['deploy', '--stage', 'dev', '--revert-drift']))).toContain(
      '--revert-drift',
    );
    for (const verb of ['diff', 'destroy'])
      expect(parseCdkCommand([verb, '--stage', 'dev', '--keep-data', '--revert-drift']).kind).toBe('refused');
  });

  it('diff uses the given profile', () => {
    expect(argsOf(parseCdkCommand(['diff', '--stage', 'dev', '--profile', 'shop']))).toEqual([
      'diff',
      'predixa-accounts-dev',
      ...quiet,
      '--profile',
      'shop',
    ]);
  });

  it('deploy prints its usage with --help', () => {
    expect(parseCdkCommand(['deploy', '--help']).kind).toBe('help');
  });
});

describe('The CDK command destroy', () => {
  it('is rejected without --keep-data, with a list of what remains', () => {
    expect(parseCdkCommand(['destroy', '--stage', 'prod', '--yes'])).toMatchObject({
      kind: 'refused',
      message: expect.stringMatching(/UserProfiles and predixa_entitlements[^]*sign-ups/) as unknown,
    });
  });

  it('prints what remains before it runs, and lets the CDK ask again', () => {
    const plan = parseCdkCommand(['destroy', '--stage', 'dev', '--keep-data']);
    expect(plan).toMatchObject({
      kind: 'run',
      notes: expect.arrayContaining([expect.stringContaining('predixa-dev-users')]) as unknown,
    });
    expect(argsOf(plan)).not.toContain('--force');
  });

  it('is the only command that accepts --keep-data, which is not a safety option for others', () => {
    expect(parseCdkCommand(['deploy', '--stage', 'dev', '--keep-data']).kind).toBe('refused');
  });
});
