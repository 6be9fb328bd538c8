/** The routes of payment links, and the page that a link leads to. */
import { plainPage } from '../pages/layout.ts';
import { type Answer, htmlAnswer, redirect } from '../protocol/answer.ts';
import { filterOf } from '../protocol/filters.ts';
import { listPage, pageOf } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import { checkoutLine } from '../render/included-parts.ts';
import type { World } from '../world/world.ts';
import { createPaymentLink, getPaymentLink, updatePaymentLink, visitPaymentLink } from './payment-links.ts';

function listLinks(world: World, request: ApiRequest): object {
  return listPage(request, world.store.paymentLinks, {
    noun: 'payment_link',
    keep: filterOf(request.params, { flags: { active: (row) => row.active } }),
  });
}

function listLines(world: World, request: ApiRequest): object {
  getPaymentLink(world, request.id);
  const lines = (world.store.paymentLinkOrders.get(request.id)?.lines ?? []).map(checkoutLine);
  return pageOf(request, lines, 'item');
}

/** Each visit has a Checkout session of its own. */
export function answerPaymentLink(world: World, id: string): Answer {
  const link = world.store.paymentLinks.get(id);
  if (link === undefined) return htmlAnswer(404, plainPage('Not found', 'This payment link does not exist.'));
  if (!link.active) {
    const text = link.inactive_message ?? 'This link is no longer active.';
    return htmlAnswer(200, plainPage('Inactive', text));
  }
  return redirect(visitPaymentLink(world, link).url ?? '/');
}

export const paymentLinkRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/payment_links', operation: createPaymentLink },
  { method: 'GET', path: '/v1/payment_links', operation: listLinks },
  {
    method: 'GET',
    path: '/v1/payment_links/:link',
    operation: (world, { id }) => getPaymentLink(world, id),
  },
  { method: 'POST', path: '/v1/payment_links/:link', operation: updatePaymentLink },
  { method: 'GET', path: '/v1/payment_links/:link/line_items', operation: listLines },
];
