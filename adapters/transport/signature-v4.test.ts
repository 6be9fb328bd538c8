import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Credentials, createSigner, type SignedPart } from './signature-v4.ts';

/** The hash that the official signer is given: of bytes, or with a key. */
class Sha256 {
  readonly #hash;

  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

const text = fc
  .string({ unit: 'binary', maxLength: 40 })
  .map((value) => value.replace(/[\ud800-\udfff]/g, ''));
const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
const headerValue = fc.stringMatching(/^[ -~\t]{0,40}$/);
const ownHeaders = ['authorization', 'x-amz-date', 'date', 'x-amz-content-sha256', 'x-amz-security-token'];
const unsigned = ['connection', 'expect', 'from', 'pragma', 'referer', 'te', 'trailer', 'upgrade'];
const headers = fc.dictionary(
  word.filter((name) => ![...ownHeaders, ...unsigned].includes(name) && !/^(?:sec|proxy)-/.test(name)),
  headerValue,
  { maxKeys: 6 },
);
const segment = fc.oneof(
  word,
  fc.stringMatching(/^[!-.0-~]{0,12}$/).filter((part) => part !== '.' && part !== '..'),
);
const path = fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
const credentials = fc.record(
  { accessKeyId: word, secretAccessKey: text, sessionToken: fc.stringMatching(/^[A-Za-z0-9+/=]{1,60}$/) },
  { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
);

describe('A signature', () => {
  it('is that of the official signer for any request', async () => {
    const seconds = fc.integer({ min: 0, max: 4_102_444_800 });
    const scope = fc.record({ region: word, service: word });
    const method = fc.constantFrom('GET', 'POST', 'DELETE');
    const request = fc.record({ method, path, headers, body: text });
    await fc.assert(
      fc.asyncProperty(
        request,
        scope,
        credentials,
        seconds,
        async (part, { region, service }, keys, time) => {
          const all = { ...part.headers, host: 'server.example.com' };
          const at = new Date(time * 1000);
          const official = await new SignatureV4({
            service,
            region,
            credentials: keys,
            sha256: Sha256,
            applyChecksum: false,
          }).sign(
            { ...part, headers: all, protocol: 'https:', hostname: 'server.example.com' },
            { signingDate: at },
          );
          const own = createSigner({ region, service })({ ...part, headers: all }, keys, compact(at));
          expect(own).toEqual(official.headers);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('uses the keys of the day and of the credentials, also after they change', async () => {
    const sign = createSigner({ region: 'us-east-1', service: 'dynamodb' });
    const part = { method: 'POST', path: '/', headers: { host: 'a' }, body: '{}' };
    const times = ['20260101T000000Z', '20260101T235959Z', '20260102T000000Z'];
    const keys = ['one', 'two'].map((secretAccessKey) => ({ accessKeyId: 'id', secretAccessKey }));
    const signed = () => times.flatMap((time) => keys.map((key) => sign(part, key, time)['authorization']));
    const fresh = times.flatMap((time) =>
      keys.map(
        (key) => createSigner({ region: 'us-east-1', service: 'dynamodb' })(part, key, time)['authorization'],
      ),
    );
    expect(signed()).toEqual(fresh);
    expect(signed()).toEqual(fresh);
    expect(new Set(fresh).size).toBe(6);
  });
});

/** Published by AWS with its documentation of Signature Version 4. */
const published: Credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const host = 'example.amazonaws.com';
const vectors: readonly (readonly [string, Partial<SignedPart>, string])[] = [
  ['get-vanilla', {}, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  ['get-utf8', { path: '/ሴ' }, '8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85'],
  [
    'get-header-value-trim',
    { headers: { host, 'my-header1': ' value1', 'my-header2': ' "a   b   c"' } },
    'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
  ],
  ['post-vanilla', { method: 'POST' }, '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  [
    'post-header-key-case',
    { method: 'POST' },
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ],
  [
    'post-header-key-sort',
    { method: 'POST', headers: { host, 'my-header1': 'value1' } },
    'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
  ],
  [
    'post-header-value-case',
    { method: 'POST', headers: { host, 'my-header1': 'VALUE1' } },
    'cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d',
  ],
  [
    'post-x-www-form-urlencoded',
    {
      method: 'POST',
      headers: { host, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Param1=value1',
    },
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
];

describe('A test vector of AWS', () => {
  it.each(vectors)('gives the published signature: %s', (_, part, signature) => {
    const request = { method: 'GET', path: '/', headers: { host }, body: '', ...part };
    const sign = createSigner({ region: 'us-east-1', service: 'service' });
    const { authorization } = sign(request, published, '20150830T123600Z');
    expect(authorization).toContain(`Signature=${signature}`);
  });
});

function compact(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
