/** Makes a certificate for 127.0.0.1 that lasts a day, so that none is stored and none expires. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  /** Both as PEM. */
  readonly key: string;
  readonly certificate: string;
}

const DAY_MS = 86_400_000;

const tag = { integer: 0x02, bits: 0x03, octets: 0x04, text: 0x0c, time: 0x17, sequence: 0x30, set: 0x31 };

/** Object identifiers, encoded. */
const oid = {
  ecdsaWithSha256: Buffer.from('06082a8648ce3d040302', 'hex'),
  commonName: Buffer.from('0603550403', 'hex'),
  alternativeName: Buffer.from('0603551d11', 'hex'),
  basicConstraints: Buffer.from('0603551d13', 'hex'),
};

/** Encodes one value of DER (X.690): its tag, its length, and its content. */
function der(type: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const short = body.length < 0x80;
  const length = short ? [body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

const sequence = (...content: readonly Uint8Array[]) => der(tag.sequence, ...content);
/** A value that is explicitly tagged within its sequence. */
const tagged = (number: number, content: Uint8Array) => der(0xa0 + number, content);

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(tag.time, Buffer.from(`${digits}Z`));
}

function bits(content: Uint8Array): Buffer {
  return der(tag.bits, Buffer.from([0]), content);
}

export function makeCertificate(nowMs: number): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(oid.ecdsaWithSha256);
  const commonName = sequence(oid.commonName, der(tag.text, Buffer.from('bench')));
  const name = sequence(der(tag.set, commonName));
  const isAuthority = sequence(Buffer.from('0101ff', 'hex'));
  const addresses = sequence(
    Buffer.from([0x82, 9]),
    Buffer.from('localhost'),
    Buffer.from([0x87, 4, 127, 0, 0, 1]),
  );
  const extensions = sequence(
    sequence(oid.basicConstraints, der(tag.octets, isAuthority)),
    sequence(oid.alternativeName, der(tag.octets, addresses)),
  );
  const content = sequence(
    tagged(0, der(tag.integer, Buffer.from([2]))),
    der(tag.integer, Buffer.from([1]), randomBytes(8)),
    algorithm,
    name,
    sequence(time(nowMs - DAY_MS), time(nowMs + DAY_MS)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, extensions),
  );
  const signature = sign('sha256', content, privateKey);
  const encoded = sequence(content, algorithm, bits(signature)).toString('base64');
  const lines = encoded.match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  };
}
