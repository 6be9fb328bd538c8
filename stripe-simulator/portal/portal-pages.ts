/** Serves the pages of the billing portal: the home page, single tasks and their confirmation. */

import type { PortalFlow } from '../model/portal.ts';
import { alert, type Html, html, plainPage } from '../pages/html.ts';
import { type Answer, htmlAnswer, redirect } from '../protocol/answer.ts';
import { decodeForm } from '../protocol/form.ts';
import { Params } from '../protocol/params.ts';
import { StripeError } from '../protocol/stripe-error.ts';
import { worldOfCustomer } from '../world/record-clock.ts';
import type { World } from '../world/world.ts';
import { defaultConfiguration } from './default-configuration.ts';
import { endFlow } from './portal-sessions.ts';
import { portalTasks } from './portal-tasks.ts';
import {
  button,
  cancelForm,
  cardSection,
  detailsSection,
  type Portal,
  pauseForm,
  portalHome,
  portalTask,
  updateForm,
} from './portal-view.ts';

export interface PortalRequest {
  readonly sessionId: string;
  readonly task: string;
  readonly method: string;
  readonly body: string;
}

export function answerPortal(world: World, request: PortalRequest): Answer {
  const portal = findPortal(world, request.sessionId);
  if (portal === undefined) {
    return htmlAnswer(404, plainPage('Not found', 'This portal session does not exist.'));
  }
  if (request.method !== 'POST') return htmlAnswer(200, show(portal));
  const task = portalTasks[request.task];
  if (task === undefined) return htmlAnswer(404, plainPage('Not found', 'This portal task does not exist.'));
  try {
    task(portal, new Params(decodeForm(request.body)));
  } catch (error) {
    if (error instanceof StripeError) return htmlAnswer(error.status, show(portal, error.message));
    throw error;
  }
  return answerAfterTask(portal);
}

function findPortal(world: World, id: string): Portal | undefined {
  const session = world.store.portalSessions.get(id);
  const customer = session && world.store.customers.get(session.customer);
  if (session === undefined || customer === undefined) return undefined;
  const origin = { id: world.ids.next('req_'), idempotency_key: null };
  const configuration = world.store.portalConfigurations.get(session.configuration);
  return {
    world: { ...worldOfCustomer(world, customer.id), origin },
    session,
    configuration: configuration ?? defaultConfiguration(world),
    customer,
  };
}

function show(portal: Portal, problem?: string): string {
  const { flow } = portal.session;
  if (flow === null) return portalHome(portal, problem);
  const { title, content } = taskForm(portal, flow);
  return portalTask(portal, title, html`${alert(problem)}${content}`);
}

function taskForm(portal: Portal, flow: PortalFlow): { title: string; content: Html | undefined } {
  const findSubscription = (id: string | undefined) => portal.world.store.subscriptions.get(id ?? '');
  switch (flow.type) {
    case 'payment_method_update':
      return { title: 'Change your card', content: cardSection(portal) };
    case 'customer_update':
      return { title: 'Change your details', content: detailsSection(portal) };
    case 'subscription_cancel': {
      const subscription = findSubscription(flow.subscription_cancel?.subscription);
      return { title: 'Cancel', content: subscription && cancelForm(portal, subscription) };
    }
    case 'subscription_pause': {
      const subscription = findSubscription(flow.subscription_pause?.subscription);
      return { title: 'Pause', content: subscription && pauseForm(portal, subscription) };
    }
    case 'subscription_update': {
      const subscription = findSubscription(flow.subscription_update?.subscription);
      return { title: 'Change your plan', content: subscription && updateForm(portal, subscription) };
    }
    case 'subscription_update_confirm':
      break;
  }
  return { title: 'Confirm the change', content: confirmForm(portal, flow) };
}

function confirmForm(portal: Portal, flow: PortalFlow): Html | undefined {
  const { subscription: id = '', items = [] } = flow.subscription_update_confirm ?? {};
  const subscription = portal.world.store.subscriptions.get(id);
  const price = items[0]?.price ?? subscription?.items.data[0]?.price.id;
  if (subscription === undefined || price === undefined) return undefined;
  const quantity = items[0]?.quantity;
  const hidden = html`<input type="hidden" name="price" value="${price}">
${quantity === undefined ? undefined : html`<input type="hidden" name="quantity" value="${quantity}">`}`;
  return button(portal, { task: 'update', label: 'Confirm', subscription, hidden });
}

function answerAfterTask(portal: Portal): Answer {
  const { session } = portal;
  const after = session.flow?.after_completion;
  if (after?.redirect) return redirect(after.redirect.return_url);
  if (after?.hosted_confirmation) {
    return htmlAnswer(
      200,
      plainPage('Done', after.hosted_confirmation.custom_message ?? 'Your change is saved.'),
    );
  }
  // The task of the flow is done, so the session now leads to the portal's home page.
  if (after !== undefined) endFlow(portal.world, session);
  return redirect(`/p/session/${session.id}`);
}
