import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SecretsManager, serveSecrets } from '../../tests/support/secrets-manager.ts';
import { MIN_HEADER_LENGTH } from './header-steps.ts';
import { type HeaderOptions, registerHeader } from './revenuecat.ts';
import { secretsManager } from './secret-store.ts';
import type { WebhookCommand } from './steps.ts';

const secretName = 'predixa/dev/revenuecat-webhook-secrets';
const url = 'https://api.example.com/revenuecat/webhook';
const kept = new Map<string, string>();
const stores = { revenueCatProjectId: 'proj1ab2c3d4', allowSandbox: false };

let manager: SecretsManager;
const before = { ...process.env };
beforeAll(async () => {
  manager = await serveSecrets(kept);
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url,
  });
});
beforeEach(() => kept.clear());
afterAll(async () => {
  process.env = before;
  await manager.close();
});

const values = () => (kept.get(secretName) ?? '').split(',').filter(Boolean);

async function run(command: WebhookCommand, options: Partial<HeaderOptions> = {}, allowSandbox = false) {
  const registration = {
    store: secretsManager('us-east-1'),
    stage: 'dev',
    secretName,
    stores: { ...stores, allowSandbox },
    url,
  };
  const lines = await registerHeader(registration, command, { dryRun: false, showHeader: false, ...options });
  return lines.join('\n');
}

describe('The registration of the RevenueCat webhook', () => {
  it('makes one long value, prints what to enter in the dashboard, and prints the value only when asked', async () => {
    const text = await run('register');
    const [value = '', ...others] = values();
    expect(others).toEqual([]);
    expect(value).toMatch(/^[\w-]{43}$/);
    expect(value.length).toBeGreaterThanOrEqual(MIN_HEADER_LENGTH);
    expect(text).not.toContain(value);
    expect(text.split('\n').slice(1)).toEqual([
      'done: make a header value and store it',
      "In RevenueCat's dashboard, open the project proj1ab2c3d4, then Integrations, Webhooks, and enter:",
      `  Webhook URL                 ${url}`,
      `  Authorization header value  the newest value in the secret ${secretName} (--show-header prints it)`,
      '  Environment                 production only',
      '  Apps                        all',
      '  Events                      all',
    ]);
    const again = await run('register', { showHeader: true });
    expect(again).toContain('Nothing to do: the header value is stored.');
    expect(again).toContain(`Authorization header value  ${value}\n`);
    expect(values()).toEqual([value]);
  });

  it('names both environments where purchases in the test environments count', async () => {
    expect(await run('register', {}, true)).toContain('Environment                 production and sandbox');
  });

  it('accepts both values during a rotation, shows the new one, and keeps only that one afterwards', async () => {
    await run('register');
    const [old = ''] = values();
    const started = await run('roll', { showHeader: true });
    const [newest = ''] = values();
    expect(values()).toEqual([newest, old]);
    expect(newest).not.toBe(old);
    expect(started).toContain(newest);
    expect(started).not.toContain(old);
    expect(started).toContain('The webhook accepts 2 values. Three hours after the newest one is saved');
    // A third value would hide which of them the dashboard has.
    expect(await run('roll')).toContain('A rotation is already in progress');
    expect(values()).toEqual([newest, old]);
    expect(await run('finish')).toContain('done: remove all header values except the newest');
    expect(values()).toEqual([newest]);
    expect(await run('finish')).toContain('Nothing to do');
    expect(values()).toEqual([newest]);
  });

  it('starts a rotation of a value that a person has stored, and keeps that one accepted', async () => {
    kept.set(secretName, 'Bearer by-hand');
    await run('register');
    expect(values()).toEqual(['Bearer by-hand']);
    await run('roll');
    expect(values()[1]).toBe('Bearer by-hand');
  });

  it.each<WebhookCommand>(['register', 'roll', 'finish'])(
    'makes a value with %s if there is none',
    async (command) => {
      await run(command);
      expect(values()).toHaveLength(1);
    },
  );

  it('changes nothing with --dry-run', async () => {
    expect(await run('register', { dryRun: true, showHeader: true })).toContain(
      'would make a header value and store it',
    );
    expect(kept.has(secretName)).toBe(false);
    kept.set(secretName, 'new-value-of-a-header,old-value-of-a-header');
    const text = await run('finish', { dryRun: true });
    expect(text).toContain('would remove all header values except the newest');
    expect(values()).toHaveLength(2);
  });
});
