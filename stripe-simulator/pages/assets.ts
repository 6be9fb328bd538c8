/** Serves the stylesheet and the script. Their addresses contain a hash, so that browsers can keep them forever. */
import { createHash } from 'node:crypto';
import type { Answer } from '../protocol/answer.ts';
import { SCRIPT } from './script.ts';
import { STYLESHEET } from './styles.ts';

interface Asset {
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

function asset(name: string, type: string, body: string): Asset {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 12);
  return { path: `/assets/${hash}/${name}`, type, body };
}

const stylesheet = asset('pages.css', 'text/css; charset=utf-8', STYLESHEET);
const script = asset('pages.js', 'text/javascript; charset=utf-8', SCRIPT);

export const STYLESHEET_PATH = stylesheet.path;
export const SCRIPT_PATH = script.path;

export function assetAnswer(path: string): Answer {
  const found = [stylesheet, script].find((one) => one.path === path);
  if (found === undefined) {
    return { status: 404, body: 'Not found\n', headers: { 'Content-Type': 'text/plain; charset=utf-8' } };
  }
  return {
    status: 200,
    body: found.body,
    headers: {
      'Content-Type': found.type,
      'Cache-Control': 'public, max-age=31536000, immutable',
      'X-Content-Type-Options': 'nosniff',
    },
  };
}
