/** Decodes the form encoding of Stripe's clients: `a[b][0]=x` and `k[]=v`, with plain or percent-encoded brackets. */
import { invalidRequest } from './stripe-error.ts';

export type FormValue = string | readonly FormValue[] | FormObject;
export interface FormObject {
  readonly [key: string]: FormValue;
}

type Node = string | Map<string, Node>;

const MAX_PAIRS = 5000;
const MAX_DEPTH = 12;

export function decodeForm(text: string): FormObject {
  const root = new Map<string, Node>();
  const pairs = text.split('&').filter((pair) => pair !== '');
  if (pairs.length > MAX_PAIRS)
    throw invalidRequest({ message: `The request has more than ${MAX_PAIRS} parameters.` });
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const key = decodeText(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : decodeText(pair.slice(equals + 1));
    setAt(root, pathOf(key), value);
  }
  return objectOf(root);
}

function decodeText(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw invalidRequest({ message: 'Invalid URL encoding in the parameters.' });
  }
}

function pathOf(key: string): string[] {
  const open = key.indexOf('[');
  if (open <= 0) return [key];
  const rest = key.slice(open);
  if (!/^(\[[^[\]]*\])+$/.test(rest)) return [key];
  const path = [key.slice(0, open), ...rest.slice(1, -1).split('][')];
  if (path.length > MAX_DEPTH)
    throw invalidRequest({ message: `Parameters are nested deeper than ${MAX_DEPTH} levels.` });
  return path;
}

function setAt(root: Map<string, Node>, path: readonly string[], value: string): void {
  let node = root;
  for (const [index, segment] of path.entries()) {
    const key = segment === '' && index > 0 ? String(node.size) : segment;
    if (index === path.length - 1) {
      node.set(key, value);
      return;
    }
    const next = node.get(key);
    if (next instanceof Map) {
      node = next;
    } else {
      const child = new Map<string, Node>();
      node.set(key, child);
      node = child;
    }
  }
}

function objectOf(node: ReadonlyMap<string, Node>): FormObject {
  // No prototype, so that a parameter named __proto__ is an ordinary key.
  const object = Object.create(null) as Record<string, FormValue>;
  for (const [key, value] of node) object[key] = valueOf(value);
  return object;
}

function valueOf(node: Node): FormValue {
  if (typeof node === 'string') return node;
  const keys = [...node.keys()];
  const numbered = keys.length > 0 && keys.every((key) => /^\d{1,4}$/.test(key));
  if (!numbered) return objectOf(node);
  return [...node.entries()].sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => valueOf(value));
}
