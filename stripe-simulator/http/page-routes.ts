/** Routes requests to the pages: the console, Checkout, the portal and invoices. */
import type { IncomingMessage } from 'node:http';
import { blankForm, checkoutPage, closedPage } from '../checkout/checkout-page.ts';
import { payCheckout } from '../checkout/checkout-payment.ts';
import { getSession } from '../checkout/checkout-routes.ts';
import { answerConsole } from '../console/console-routes.ts';
import type { Simulation } from '../control/simulation.ts';
import { invoicePage } from '../invoices/invoice-page.ts';
import { plainPage } from '../pages/html.ts';
import { answerPortal } from '../portal/portal-pages.ts';
import { type Answer, htmlAnswer } from '../protocol/answer.ts';
import { readBody } from '../protocol/body.ts';
import { worldOfCustomer } from '../world/record-clock.ts';

export function isPage(path: string): boolean {
  return path === '/' || ['/?', '/console/', '/c/', '/p/', '/i/'].some((area) => path.startsWith(area));
}

export async function answerPage(context: Simulation, request: IncomingMessage): Promise<Answer> {
  const { world } = context;
  const { method = 'GET' } = request;
  const url = new URL(request.url ?? '/', 'http://simulator');
  const [area = '', second = '', third = '', fourth = ''] = url.pathname.slice(1).split('/');
  const body = await readBody(request);
  switch (area) {
    case '':
    case 'console':
      return answerConsole(context, { name: second, method, body });
    case 'i':
      return invoicePage(world, second);
    case 'p':
      return answerPortal(world, { sessionId: third, task: fourth, method, body });
    default:
      return answerCheckout(context, { id: third, method, body, card: url.searchParams.get('card') });
  }
}

async function answerCheckout(
  context: Simulation,
  request: { id: string; method: string; body: string; card: string | null },
): Promise<Answer> {
  const { id, method, body, card } = request;
  if (context.world.store.checkoutSessions.get(id) === undefined) {
    return htmlAnswer(404, plainPage('Not found', 'This Checkout session does not exist.'));
  }
  const session = getSession(context.world, id);
  const world = worldOfCustomer(context.world, session.customer);
  const order = world.store.checkoutOrders.get(id);
  if (session.status !== 'open' || order === undefined) return htmlAnswer(200, closedPage(session));
  if (method === 'POST') return payCheckout({ ...context, world }, { session, order, body });
  return htmlAnswer(200, checkoutPage(world, { session, order, form: blankForm(card ?? undefined) }));
}
