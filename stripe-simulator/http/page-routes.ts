/** Routes requests to the pages: the dashboard, Checkout, the portal, invoices and the bank's authentication. */
import type { IncomingMessage } from 'node:http';
import { closedPage, newCheckoutPage } from '../checkout/checkout-page.ts';
import { answerRepeat, finishCheckout, payCheckout } from '../checkout/checkout-payment.ts';
import { getSession } from '../checkout/checkout-routes.ts';
import type { Simulation } from '../control/simulation.ts';
import { answerDashboard } from '../dashboard/dashboard-routes.ts';
import { answerInvoice, finishInvoice } from '../invoices/invoice-page-routes.ts';
import type { Challenge } from '../model/challenge.ts';
import { assetAnswer } from '../pages/assets.ts';
import { plainPage } from '../pages/layout.ts';
import { answerAfter, finishIntent } from '../payment-intents/intent-authentication.ts';
import { answerPaymentLink } from '../payment-links/payment-link-routes.ts';
import { challengePage } from '../payments/challenge-page.ts';
import { addressAfter } from '../payments/challenges.ts';
import { answerPortal, finishPortalCard } from '../portal/portal-pages.ts';
import { type Answer, framed, htmlAnswer, redirect } from '../protocol/answer.ts';
import { readBody } from '../protocol/body.ts';
import { StripeError } from '../protocol/stripe-error.ts';
import { worldOfCustomer } from '../world/record-clock.ts';
import { isFramed } from './cross-origin.ts';

const areas = ['/?', '/dashboard/', '/assets/', '/authenticate/', '/b/', '/c/', '/p/', '/i/'];

export function isPage(path: string): boolean {
  return path === '/' || path === '/dashboard' || areas.some((area) => path.startsWith(area));
}

interface PageRequest {
  readonly method: string;
  readonly body: string;
  readonly url: URL;
  /** The parts of the path after the area. */
  readonly parts: readonly string[];
}

export async function answerPage(context: Simulation, request: IncomingMessage): Promise<Answer> {
  const { method = 'GET' } = request;
  const url = new URL(request.url ?? '/', 'http://simulator');
  const [area = '', ...parts] = url.pathname.slice(1).split('/');
  const body = await readBody(request);
  try {
    const answer = forBrowser(request, await answerArea(context, area, { method, url, parts, body }));
    return isShownInFrame(context, url.pathname) ? framed(answer) : answer;
  } catch (error) {
    if (!(error instanceof StripeError)) throw error;
    return forBrowser(request, htmlAnswer(error.status, plainPage('Rejected', error.message)));
  }
}

/** The bank's question, and an embedded session. A redirect has no page. */
function isShownInFrame({ world }: Simulation, path: string): boolean {
  if (!isFramed(path)) return false;
  const [, area, , id = ''] = path.split('/');
  return area === 'authenticate' || world.store.checkoutSessions.get(id)?.ui_mode === 'embedded_page';
}

/**
 * A browser reports an error status in its console, where the faults of the app belong. What is wrong with a form is
 * on its page.
 */
function forBrowser(request: IncomingMessage, answer: Answer): Answer {
  const destination = request.headers['sec-fetch-dest'];
  const isForm = request.method === 'POST' && (destination === 'document' || destination === 'iframe');
  return isForm && (answer.status === 400 || answer.status === 402) ? { ...answer, status: 200 } : answer;
}

async function answerArea(context: Simulation, area: string, request: PageRequest): Promise<Answer> {
  const { world } = context;
  const { method, body, url, parts } = request;
  const [second = '', third = '', fourth = ''] = parts;
  const query = url.searchParams;
  switch (area) {
    case '':
    case 'dashboard':
      return answerDashboard(context, { parts: area === '' ? [] : parts, method, body, query });
    case 'assets':
      return assetAnswer(url.pathname);
    case 'authenticate':
      return answerChallenge(context, second, request);
    case 'b':
      return answerPaymentLink(world, second);
    case 'i':
      return answerInvoice(worldOfInvoice(context, second), { id: second, method, body, query });
    case 'p':
      return answerPortal(world, { sessionId: third, task: fourth, method, body, query });
    default:
      return answerCheckout(context, third, request);
  }
}

function worldOfInvoice({ world }: Simulation, id: string): Simulation['world'] {
  return worldOfCustomer(world, world.store.invoices.get(id)?.customer ?? null);
}

function worldOfIntent({ world }: Simulation, id: string): Simulation['world'] {
  const intent = world.store.paymentIntents.get(id) ?? world.store.setupIntents.get(id);
  return worldOfCustomer(world, intent?.customer ?? null);
}

async function answerCheckout(context: Simulation, id: string, request: PageRequest): Promise<Answer> {
  if (context.world.store.checkoutSessions.get(id) === undefined) {
    return htmlAnswer(404, plainPage('Not found', 'This Checkout session does not exist.'));
  }
  const session = getSession(context.world, id);
  const world = worldOfCustomer(context.world, session.customer);
  const order = world.store.checkoutOrders.get(id);
  const isPost = request.method === 'POST';
  if (session.status === 'complete' && isPost) return answerRepeat({ ...context, world }, session);
  if (session.status !== 'open' || order === undefined) return htmlAnswer(200, closedPage(session));
  if (isPost) return payCheckout({ ...context, world }, { session, order, body: request.body });
  return htmlAnswer(200, newCheckoutPage(world, { session, order }, request.url.searchParams));
}

/** The bank's page, and the customer's answer to it. */
async function answerChallenge(context: Simulation, id: string, request: PageRequest): Promise<Answer> {
  const challenge = context.world.store.challenges.get(id);
  if (challenge === undefined) {
    return htmlAnswer(404, plainPage('Not found', 'This authentication does not exist any more.'));
  }
  // The back button, and a double click, lead to an authentication that is already answered.
  if (challenge.outcome !== null) return repeatChallenge(context, challenge, request);
  if (request.method !== 'POST') return htmlAnswer(200, challengePage(context.world, challenge));
  const outcome = new URLSearchParams(request.body).get('outcome');
  if (outcome !== 'complete' && outcome !== 'fail') {
    return htmlAnswer(400, plainPage('Rejected', 'The outcome must be "complete" or "fail".'));
  }
  return finish(context, challenge, outcome === 'complete');
}

function repeatChallenge(
  context: Simulation,
  challenge: Challenge,
  { method }: PageRequest,
): Answer | Promise<Answer> {
  const { purpose, outcome } = challenge;
  if (purpose.type === 'intent') return answerAfter(worldOfIntent(context, purpose.intent), purpose);
  if (method !== 'POST' || purpose.type !== 'checkout' || outcome !== 'complete')
    return redirect(addressAfter(challenge));
  return answerRepeat(context, getSession(context.world, purpose.session));
}

function finish(context: Simulation, challenge: Challenge, authenticated: boolean): Answer | Promise<Answer> {
  const { world } = context;
  const { purpose } = challenge;
  if (purpose.type === 'invoice')
    return finishInvoice(worldOfInvoice(context, purpose.invoice), { challenge, purpose, authenticated });
  if (purpose.type === 'intent')
    return finishIntent(worldOfIntent(context, purpose.intent), { challenge, purpose, authenticated });
  if (purpose.type === 'portal') return finishPortalCard(world, { challenge, purpose, authenticated });
  const customer = world.store.checkoutSessions.get(purpose.session)?.customer ?? null;
  const own = { ...context, world: worldOfCustomer(world, customer) };
  return finishCheckout(own, { challenge, purpose, authenticated });
}
