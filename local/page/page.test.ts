import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietTrigger, startTestCloud, type TestCloud } from '../../tests/support/test-cloud.ts';
import { CLIENT_ID } from '../cognito/pool.ts';

describe('The local cloud about itself', () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud({ functions: { 'post-confirmation': quietTrigger } });
  });
  afterAll(() => cloud.close());

  it('shows addresses, ids and the confirmation code as JSON, and no secrets', async () => {
    const text = await (await fetch(`${cloud.api}/_local/status`)).text();
    expect(text).not.toMatch(/whsec_|sk_test_|sk_secret|rcwh_/);
    expect(JSON.parse(text)).toMatchObject({
      confirmationCode: '123456',
      urls: { api: cloud.api },
      ids: { clientId: CLIENT_ID, usersTable: 'Users<&>' },
    });
  });

  it('serves the OpenAPI document for this port, and a reference that loads nothing from elsewhere', async () => {
    const document = await (await fetch(`${cloud.api}/openapi.json`)).json();
    expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: cloud.api }] });
    const response = await fetch(`${cloud.api}/docs`);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await response.text();
    const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url);
    expect(loaded).toHaveLength(3);
    for (const url of loaded) {
      const part = await fetch(new URL(url, cloud.api));
      expect([part.status, new URL(part.url).origin]).toEqual([200, cloud.api]);
      expect((await part.text()).length).toBeGreaterThan(100);
    }
  });
});
