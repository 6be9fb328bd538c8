import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { fetchSecret, textOf } from './fetch-secret.ts';

describe('A secret that is stored as a binary value', () => {
  it.each([
    ['UTF-8', Buffer.from('whsec_a')],
    ['UTF-8 with a byte order mark', Buffer.from('\uFEFFwhsec_a')],
    ['UTF-16 of Windows PowerShell', Buffer.from('\uFEFFwhsec_a', 'utf16le')],
  ])('is read in %s', (_, bytes) => {
    expect(textOf(bytes)).toBe('whsec_a');
  });

  it('is empty without a value', () => {
    expect(textOf(undefined)).toBe('');
  });
});

describe('A secret', () => {
  it('leaves no connection behind, because the next read is minutes away', async () => {
    const server = createServer({ keepAliveTimeout: 600_000 }, (_, response) => {
      response.end('{"SecretString":"whsec_a"}');
    });
    const closed = once(server, 'connection').then(([socket]) => once(socket, 'close'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv(
      'AWS_ENDPOINT_URL_SECRETS_MANAGER',
      `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    );
    const credentials = () => ({ accessKeyId: 'a', secretAccessKey: 'b' });
    expect(await fetchSecret('arn:secret', credentials)).toBe('whsec_a');
    await closed;
    vi.unstubAllEnvs();
    await new Promise((resolve) => server.close(resolve));
  });
});
