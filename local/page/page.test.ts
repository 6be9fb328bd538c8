import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietTrigger, startTestCloud, type TestCloud } from '../../tests/support/test-cloud.ts';
import { CLIENT_ID } from '../cognito/pool.ts';

describe('The page', () => {
  let cloud: TestCloud;
  beforeAll(async () => {
    cloud = await startTestCloud({ functions: { 'post-confirmation': quietTrigger } });
  });
  afterAll(() => cloud.close());

  it('shows addresses, ids and the confirmation code, escapes them, loads no resources, and shows no secrets', async () => {
    const response = await fetch(cloud.api);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    for (const text of [cloud.api, cloud.cognito.url, CLIENT_ID, '123456', '4242', 'Users&lt;&amp;&gt;']) {
      expect(page).toContain(text);
    }
    expect(page).not.toMatch(/whsec_|sk_test_|sk_secret|rcwh_|<script|<link|src=/);
  });

  it('is also available as JSON', async () => {
    const status = await (await fetch(`${cloud.api}/_local/status`)).json();
    expect(status).toMatchObject({
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
