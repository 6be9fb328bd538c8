/** Serves the pages of the billing portal: the home page, single tasks and their confirmation. */

import type { Challenge, PortalPurpose } from '../model/challenge.ts';
import type { PortalFlow } from '../model/portal.ts';
import { type Html, html } from '../pages/html.ts';
import { plainPage } from '../pages/layout.ts';
import { type Answer, htmlAnswer, redirect } from '../protocol/answer.ts';
import { decodeForm } from '../protocol/form.ts';
import { Params } from '../protocol/params.ts';
import { StripeError } from '../protocol/stripe-error.ts';
import { worldOfCustomer } from '../world/record-clock.ts';
import type { World } from '../world/world.ts';
import { defaultConfiguration } from './default-configuration.ts';
import { addCard, cardPage, finishCard } from './portal-card-routes.ts';
import { detailsSection, portalHome } from './portal-home.ts';
import { endFlow } from './portal-sessions.ts';
import { cancelForm, pauseForm, updateForm } from './portal-subscription.ts';
import { doneText, portalTasks } from './portal-tasks.ts';
import { button, type Portal, type PortalMessage, portalPage } from './portal-view.ts';

export interface PortalRequest {
  readonly sessionId: string;
  readonly task: string;
  readonly method: string;
  readonly body: string;
  readonly query: URLSearchParams;
}

export function answerPortal(world: World, request: PortalRequest): Answer {
  const { sessionId, task, method, query } = request;
  const portal = findPortal(world, sessionId);
  if (portal === undefined) return noSession();
  if (method !== 'POST') {
    if (task === 'card' && portal.configuration.features.payment_method_update.enabled)
      return htmlAnswer(200, cardPage(portal, query));
    return answerVisit(portal, query);
  }
  try {
    return perform(portal, task, new Params(decodeForm(request.body)));
  } catch (error) {
    if (error instanceof StripeError)
      return htmlAnswer(error.status, show(portal, { problem: error.message }));
    throw error;
  }
}

/** The page as it is opened, or as the customer returns to it from the bank. */
function answerVisit(portal: Portal, query: URLSearchParams): Answer {
  const failed = query.get('redirect_status') === 'failed';
  const message = failed ? { problem: NOT_AUTHENTICATED } : { done: doneText(query.get('done')) };
  return htmlAnswer(200, show(portal, message));
}

const NOT_AUTHENTICATED =
  'The authentication failed, so nothing was charged and your plan has not changed. Try again, or choose another card.';

/** Continues after the customer has answered the bank. */
export function finishPortalCard(
  world: World,
  answered: { challenge: Challenge; purpose: PortalPurpose; authenticated: boolean },
): Answer {
  const portal = findPortal(world, answered.purpose.session);
  return portal === undefined
    ? noSession()
    : (finishCard(portal, answered) ?? answerAfterTask(portal, 'card'));
}

function noSession(): Answer {
  return htmlAnswer(404, plainPage('Not found', 'This portal session does not exist.'));
}

function perform(portal: Portal, name: string, form: Params): Answer {
  if (name === 'card') return addCard(portal, form) ?? answerAfterTask(portal, name);
  const task = Object.hasOwn(portalTasks, name) ? portalTasks[name] : undefined;
  if (task === undefined) return htmlAnswer(404, plainPage('Not found', 'This portal task does not exist.'));
  return task(portal, form) ?? answerAfterTask(portal, name);
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

function show(portal: Portal, message: PortalMessage): string {
  const { flow } = portal.session;
  if (flow === null) return portalHome(portal, message);
  if (flow.type === 'payment_method_update') return cardPage(portal, new URLSearchParams(), message);
  if (flow.type === 'customer_update')
    return portalPage(portal, { title: 'Change your details', message, content: detailsSection(portal) });
  const { title, content } = taskForm(portal, flow);
  return portalPage(portal, {
    title,
    message,
    content: html`<div class="panel">${content ?? 'This subscription does not exist any more.'}</div>`,
  });
}

function taskForm(portal: Portal, flow: PortalFlow): { title: string; content: Html | undefined } {
  const findSubscription = (id: string | undefined) => portal.world.store.subscriptions.get(id ?? '');
  switch (flow.type) {
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
    default:
      return { title: 'Confirm the change', content: confirmForm(portal, flow) };
  }
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

function answerAfterTask(portal: Portal, task: string): Answer {
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
  return redirect(`/p/session/${session.id}?done=${task}`);
}
