/** Answers the page and its forms, which call the control routes. */
import type { IncomingMessage } from 'node:http';
import { runControl } from '../control/control-routes.ts';
import type { ControlContext } from '../control/route.ts';
import { type Answer, htmlAnswer, redirect } from '../protocol/answer.ts';
import { readBody } from '../protocol/body.ts';
import { RevenueCatError } from '../protocol/errors.ts';
import { Fields } from '../protocol/fields.ts';
import { consolePage } from './console-page.ts';

const PREFIX = '/console';

export function isConsole(path: string): boolean {
  return path === '/' || path.startsWith('/?') || path.startsWith(`${PREFIX}/`);
}

export async function answerConsole(context: ControlContext, request: IncomingMessage): Promise<Answer> {
  if (request.method !== 'POST') return htmlAnswer(200, consolePage(context));
  try {
    const fields = Fields.ofForm(await readBody(request));
    const path = new URL(request.url ?? '/', 'http://simulator').pathname.slice(PREFIX.length);
    if (path === '/open') openApp(context, fields);
    else runControl(context, { method: 'POST', path, fields });
  } catch (error) {
    if (error instanceof RevenueCatError)
      return htmlAnswer(error.status, consolePage(context, error.message));
    throw error;
  }
  return redirect('/');
}

/** Without an id, the device is anonymous. */
function openApp({ operations }: ControlContext, fields: Fields): void {
  operations.openApp(fields.text('customer_id') ?? operations.anonymousId());
}
