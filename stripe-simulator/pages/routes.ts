/** The pages a person sees: Checkout, the portal, an invoice. */
import type { IncomingMessage } from 'node:http';
import { type Answer, htmlAnswer } from '../http/answer.ts';
import { readBody } from '../http/body.ts';
import { sessionAt } from '../resources/checkout-sessions.ts';
import { blankForm, checkoutPage, closedPage, plainPage } from './checkout-page.ts';
import { payCheckout } from './checkout-payment.ts';
import { homePage, invoicePage, portalPage } from './customer-pages.ts';
import type { PageContext } from './page-context.ts';

export async function answerPage(context: PageContext, request: IncomingMessage): Promise<Answer> {
  const { world } = context;
  const url = new URL(request.url ?? '/', 'http://simulator');
  const [area = '', second = '', third = ''] = url.pathname.slice(1).split('/');
  if (area === '') return homePage(world);
  if (area === 'i') return invoicePage(world, second);
  if (area === 'p') return portalPage(world, third);
  if (world.store.checkoutSessions.get(third) === undefined) {
    return htmlAnswer(404, plainPage('Not found', 'There is no such Checkout session.'));
  }
  const body = await readBody(request);
  const session = sessionAt(world, third);
  const order = world.store.checkoutOrders.get(third);
  if (session.status !== 'open' || order === undefined) return htmlAnswer(200, closedPage(session));
  if (request.method === 'POST') return payCheckout(context, { session, order, body });
  const card = url.searchParams.get('card') ?? undefined;
  return htmlAnswer(200, checkoutPage(world, { session, order, form: blankForm(card) }));
}
