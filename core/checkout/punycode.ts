/** Decodes domain names from Punycode (RFC 3492): `xn--bcher-kva` is `bücher`. */

const PREFIX = 'xn--';
const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const INITIAL_N = 128;
const MAX_CODE_POINT = 0x10_ff_ff;

/** Returns the domain with its labels in Unicode. A label that is not valid Punycode stays as it is. */
export function unicodeDomain(domain: string): string {
  return domain
    .split('.')
    .map((label) => (label.startsWith(PREFIX) ? decode(label.slice(PREFIX.length)) || label : label))
    .join('.');
}

function decode(encoded: string): string | undefined {
  const delimiter = encoded.lastIndexOf('-');
  const decoded = encoded.slice(0, Math.max(0, delimiter)).split('');
  const digits = encoded.slice(delimiter + 1);
  let codePoint = INITIAL_N;
  let bias = INITIAL_BIAS;
  let position = 0;
  for (let read = 0; read < digits.length; ) {
    const start = position;
    let weight = 1;
    for (let k = BASE; ; k += BASE) {
      const digit = digitOf(digits.charAt(read));
      read += 1;
      if (digit === undefined) return undefined;
      position += digit * weight;
      const threshold = Math.min(T_MAX, Math.max(T_MIN, k - bias));
      if (digit < threshold) break;
      weight *= BASE - threshold;
    }
    const length = decoded.length + 1;
    bias = adapted(position - start, length, start === 0);
    codePoint += Math.floor(position / length);
    position %= length;
    if (codePoint > MAX_CODE_POINT) return undefined;
    decoded.splice(position, 0, String.fromCodePoint(codePoint));
    position += 1;
  }
  return decoded.join('');
}

function digitOf(character: string): number | undefined {
  if (/^[a-z]$/.test(character)) return character.charCodeAt(0) - 'a'.charCodeAt(0);
  return /^\d$/.test(character) ? Number(character) + BASE - 10 : undefined;
}

function adapted(delta: number, length: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? DAMP : 2));
  rest += Math.floor(rest / length);
  let k = 0;
  while (rest > ((BASE - T_MIN) * T_MAX) / 2) {
    rest = Math.floor(rest / (BASE - T_MIN));
    k += BASE;
  }
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}
