/** Signs requests for AWS: Signature Version 4, with the signature in a header. */
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';
import { percentEncoded } from './percent-encoding.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Only temporary credentials have one. */
  readonly sessionToken?: string | undefined;
}

export interface Scope {
  readonly region: string;
  /** The name of the service in signatures, such as `cognito-idp`. */
  readonly service: string;
}

export interface SignedPart {
  readonly method: string;
  /** As it is sent: without a query, and with its segments encoded. */
  readonly path: string;
  /** All of them are signed. The names are in lower case and include `host`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Sign = (request: SignedPart, credentials: Credentials, time: string) => Record<string, string>;

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Returns a signer, which returns the headers to send. `time` is in UTC and has the form `20150830T123600Z`. */
export function createSigner({ region, service }: Scope): Sign {
  let known: { readonly of: string; readonly key: KeyObject } | undefined;
  const keyFor = (secret: string, date: string): KeyObject => {
    const of = `${date}${secret}`;
    if (known?.of !== of) {
      const parts = [date, region, service, 'aws4_request'];
      const bytes = parts.reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`));
      // Node prepares the key once, and not for each signature.
      known = { of, key: createSecretKey(bytes) };
    }
    return known.key;
  };
  return ({ method, path, headers, body }, credentials, time) => {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials;
    const sent: Record<string, string> = { ...headers, 'x-amz-date': time };
    if (sessionToken !== undefined) sent['x-amz-security-token'] = sessionToken;
    const names = Object.keys(sent).sort();
    const signedHeaders = names.join(';');
    const canonical = [
      method,
      canonicalPath(path),
      '',
      ...names.map((name) => `${name}:${(sent[name] ?? '').replace(/\s+/g, ' ').trim()}`),
      '',
      signedHeaders,
      hash('sha256', body),
    ].join('\n');
    const date = time.slice(0, 8);
    const scope = `${date}/${region}/${service}/aws4_request`;
    const text = [ALGORITHM, time, scope, hash('sha256', canonical)].join('\n');
    const signature = hmac(keyFor(secretAccessKey, date), text).toString('hex');
    sent['authorization'] =
      `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
    return sent;
  };
}

/** Every part is encoded once more than in the request, and empty parts do not count. */
function canonicalPath(path: string): string {
  if (path === '/') return path;
  const parts = path.split('/').filter((part) => part !== '');
  return `/${parts.map(percentEncoded).join('/')}${parts.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

function hmac(key: Buffer | KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
