/** Guards the routes before they render. */
import { createProxy, type Proxy } from '@predixa/client/next/proxy';
import type { NextRequest } from 'next/server';
import { accessOptions } from './lib/access';

let guard: Proxy | undefined;

export function proxy(request: NextRequest) {
  guard ??= createProxy({
    ...accessOptions(),
    routes: [{ path: '/reports' }, { path: '/api/report' }, { path: '/account', signedInOnly: true }],
  });
  return guard(request);
}

export const config = { matcher: '/((?!_next/|favicon.ico).*)' };
