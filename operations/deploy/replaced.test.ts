import { describe, expect, it } from 'vitest';
import { type StageConfig, stages } from '../../infra/config.ts';
import { existingPool } from '../../tests/infra/configs.ts';
import { synthesize } from '../../tests/infra/synth.ts';
import { resourcesIn } from './facts.ts';
import { replacements } from './replaced.ts';

const { dev } = stages;
const resourcesOf = (config: StageConfig) => resourcesIn({ ...synthesize(config) });
const deployed = resourcesOf(dev);
const textsFor = (next: StageConfig) => replacements(deployed, resourcesOf(next)).map(({ text }) => text);

describe('A deployment', () => {
  it('replaces nothing when functions, prices and alarms change', () => {
    const checkout = { ...dev.checkout, prices: ['other'], trialDays: 14 };
    expect(textsFor({ ...dev, checkout, watch: { ...dev.watch, tracing: true } })).toEqual([]);
  });

  it('with another name of a table would use an empty one', () => {
    const users = { kind: 'create', name: 'other-users' } as const;
    expect(textsFor({ ...dev, tables: { ...dev.tables, users } })).toEqual([
      expect.stringMatching(/^The table predixa-dev-users would be replaced, because TableName changes/),
    ]);
  });

  it('with an existing table leaves its own behind', () => {
    const entitlements = { kind: 'existing', name: 'others' } as const;
    expect(textsFor({ ...dev, tables: { ...dev.tables, entitlements } })).toEqual([
      expect.stringMatching(/^The table predixa-dev-entitlements is no longer in the stack/),
    ]);
  });

  it('with the other kind of API changes the address that shipped apps know', () => {
    expect(textsFor({ ...dev, api: { ...dev.api, kind: 'rest' } })).toEqual([
      expect.stringMatching(/^The HTTP API predixa-accounts-test is no longer in the stack/),
    ]);
  });

  it('with another pool locks out its users', () => {
    expect(textsFor({ ...dev, pool: existingPool })).toEqual([
      expect.stringMatching(/^The user pool predixa-test is no longer/),
      expect.stringMatching(/^The app client \w+ is no longer/),
    ]);
  });
});
