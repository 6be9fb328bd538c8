/** Defect 28 of the Python functions: what pages of other origins may do, on both kinds of API Gateway. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../local/cloud/cloud.ts';

const origin = 'https://app.example.com';
const evil = 'https://evil.example.com';
const forms = ['http', 'rest'] as const;

let clouds: Readonly<Record<(typeof forms)[number], LocalCloud>>;
beforeAll(async () => {
  const open = (payload: (typeof forms)[number]) =>
    createLocalCloud({
      ephemeral: true,
      ports: { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 },
      payload,
      allowedOrigins: [origin],
      functionEnvironment: { ALLOWED_ORIGINS: origin },
    });
  const [http, rest] = await Promise.all([open('http'), open('rest')]);
  clouds = { http, rest };
});
afterAll(() => Promise.all(Object.values(clouds).map((cloud) => cloud.close())));

const send = (cloud: LocalCloud, method: string, headers: Record<string, string>) =>
  fetch(`${cloud.urls.api}/me/account`, { method, headers });

it('original defect 28: a preflight for DELETE succeeds for the app’s own origin and no other', async () => {
  const asked = {
    'access-control-request-method': 'DELETE',
    'access-control-request-headers': 'authorization',
  };
  const own = await send(clouds.http, 'OPTIONS', { ...asked, origin });
  expect(own.ok).toBe(true);
  expect(own.headers.get('access-control-allow-origin')).toBe(origin);
  expect(own.headers.get('access-control-allow-methods')).toContain('DELETE');
  expect(own.headers.get('access-control-allow-headers')).toContain('authorization');
  const foreign = await send(clouds.http, 'OPTIONS', { ...asked, origin: evil });
  expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
});

it.each(forms)(
  'original defect 28: only the app’s own origin can read the answer to a DELETE (%s)',
  async (form) => {
    const cloud = clouds[form];
    const id = randomUUID();
    const user = await cloud.signInFederated({ provider: 'Google', id, email: `${id}@example.com` });
    const authorization = `Bearer ${user.idToken}`;
    const deleted = await send(cloud, 'DELETE', { authorization, origin });
    expect(deleted.status).toBe(200);
    expect(deleted.headers.get('access-control-allow-origin')).toBe(origin);
    const foreign = await send(cloud, 'DELETE', { authorization, origin: evil });
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
  },
);
