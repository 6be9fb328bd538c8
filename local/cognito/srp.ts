/**
 * The server's side of Cognito's sign-in by password proof: SRP-6a with SHA-256 in the 3072-bit group of RFC 5054, and a
 * key derived for a signature. Pure, except for the random number of each challenge.
 */
import { createHash, createHmac, getDiffieHellman, randomBytes, timingSafeEqual } from 'node:crypto';

/** RFC 5054 takes this group from RFC 3526, where it has the number 15. */
const N = BigInt(`0x${getDiffieHellman('modp15').getPrime('hex')}`);
const G = 2n;
const K = BigInt(`0x${hashHex(padded(N) + padded(G))}`);
const KEY_INFO = 'Caldera Derived Key';
const KEY_BYTES = 16;
const SECRET_BYTES = 32;

/** The user whose password is proven. */
export interface SrpUser {
  /** The part of the pool's id after the region. */
  readonly poolName: string;
  /** `USER_ID_FOR_SRP`: the username, whichever name the user typed. */
  readonly userId: string;
  readonly password: string;
  /** Hexadecimal. */
  readonly salt: string;
}

export interface SrpChallenge {
  /** `SRP_B`, hexadecimal. */
  readonly publicB: string;
  /** Returns whether the signature proves the password. All are as the client sends them, the binary ones as base64. */
  verify(proof: SrpProof): boolean;
}

export interface SrpProof {
  readonly secretBlock: string;
  readonly timestamp: string;
  readonly signature: string;
}

/** Returns the challenge for the client's `SRP_A`, or `undefined` if that is no valid number: it would prove nothing. */
export function srpChallenge(user: SrpUser, publicA: string): SrpChallenge | undefined {
  if (!/^[0-9a-f]+$/i.test(publicA)) return undefined;
  const a = BigInt(`0x${publicA}`) % N;
  if (a === 0n) return undefined;
  const x = BigInt(`0x${hashHex(padded(BigInt(`0x${user.salt}`)) + passwordHash(user))}`);
  const verifier = power(G, x);
  const secret = BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`) + 2n;
  const b = (K * verifier + power(G, secret)) % N;
  const u = BigInt(`0x${hashHex(padded(BigInt(`0x${publicA}`)) + padded(b))}`);
  const shared = power((a * power(verifier, u)) % N, secret);
  const key = derivedKey(shared, u);
  return {
    publicB: b.toString(16),
    verify: ({ secretBlock, timestamp, signature }) => {
      const expected = createHmac('sha256', key)
        .update(user.poolName + user.userId, 'utf8')
        .update(Buffer.from(secretBlock, 'base64'))
        .update(timestamp, 'utf8')
        .digest();
      const given = Buffer.from(signature, 'base64');
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}

function passwordHash({ poolName, userId, password }: SrpUser): string {
  return createHash('sha256').update(`${poolName}${userId}:${password}`, 'utf8').digest('hex');
}

function derivedKey(shared: bigint, u: bigint): Buffer {
  const pseudoRandom = createHmac('sha256', bytesOf(u)).update(bytesOf(shared)).digest();
  return createHmac('sha256', pseudoRandom).update(`${KEY_INFO}\u0001`).digest().subarray(0, KEY_BYTES);
}

/**
 * Computes `base ** exponent mod N` in three milliseconds, as exponents have 256 bits. OpenSSL's Diffie-Hellman is faster
 * on Node 20, but checks the prime for a second on Node 24.
 */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = base % N, rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % N) {
    if (rest & 1n) result = (result * square) % N;
  }
  return result;
}

function hashHex(hex: string): string {
  return createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex');
}

function bytesOf(value: bigint): Buffer {
  return Buffer.from(padded(value), 'hex');
}

function evenHex(value: bigint): string {
  const hex = value.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}

/** Clients write numbers as Java does: with a leading zero byte where the first bit would be a sign. */
function padded(value: bigint): string {
  const hex = evenHex(value);
  return /^[89a-f]/.test(hex) ? `00${hex}` : hex;
}
