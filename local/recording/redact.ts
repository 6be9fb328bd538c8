/** Replaces what must not leave this machine in an export: passwords, tokens, keys, codes and signatures. */

const HIDDEN = '•••';
const HIDDEN_NAME =
  /password|secret|authorization|api[-_]?key|token|^code$|confirmationcode|srp_|signature|^session$|claim_|cookie|credential/i;
/** These names match and hide nothing. */
const shownNames = new Set([
  'token_use',
  'TokenType',
  'token_type',
  'stripe-signature',
  'NextToken',
  'PaginationToken',
]);
const MAX_DEPTH = 12;
const MAX_TEXT = 20_000;
const MAX_ENTRIES = 200;
const JWT_PATTERN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

/** Such as that of a payment intent, within any text. */
const CLIENT_SECRET_PATTERN = /\b((?:pi|seti|cs)_\w+?)_secret_\w+/g;

/** Returns a copy, bounded in depth and size. */
export function redacted(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return textOf(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) {
    const shown = value.slice(0, MAX_ENTRIES).map((entry) => redacted(entry, depth + 1));
    return value.length > MAX_ENTRIES ? [...shown, `… ${value.length - MAX_ENTRIES} more`] : shown;
  }
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_ENTRIES)
      .map(([name, entry]) => [name, entryOf(name, entry, depth)]),
  );
}

function entryOf(name: string, entry: unknown, depth: number): unknown {
  if (name === 'stripe-signature' && typeof entry === 'string') return shortSignature(entry);
  const hides = HIDDEN_NAME.test(name) && !shownNames.has(name);
  if (hides && (typeof entry === 'string' || typeof entry === 'number')) return HIDDEN;
  return redacted(entry, depth + 1);
}

function textOf(text: string): string {
  const json = /^\s*[{[]/.test(text) && text.length <= MAX_TEXT ? parsed(text) : undefined;
  if (json !== undefined) return JSON.stringify(redacted(json));
  const shown = text.replaceAll(JWT_PATTERN, HIDDEN).replaceAll(CLIENT_SECRET_PATTERN, `$1_secret_${HIDDEN}`);
  return shown.length > MAX_TEXT ? `${shown.slice(0, MAX_TEXT)}… (${shown.length} characters)` : shown;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The time and the beginning of each signature: enough to compare, not enough to send. */
function shortSignature(header: string): string {
  return header.replaceAll(/(v\d=[0-9a-f]{8})[0-9a-f]+/g, '$1…');
}
