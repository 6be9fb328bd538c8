/** What the parts of the billing portal share: the portal of a request, and its forms. */

import type { Customer } from '../model/customer.ts';
import type { PortalConfiguration, PortalSession } from '../model/portal.ts';
import type { Subscription } from '../model/subscription.ts';
import { type Html, html, webUrl } from '../pages/html.ts';
import { alert, notice, page } from '../pages/layout.ts';
import type { World } from '../world/world.ts';

export interface Portal {
  readonly world: World;
  readonly session: PortalSession;
  readonly configuration: PortalConfiguration;
  readonly customer: Customer;
}

/** What a page shows in addition: what was done, or what was wrong. */
export interface PortalMessage {
  readonly done?: string | undefined;
  readonly problem?: string | undefined;
}

export function portalPage(
  portal: Portal,
  view: {
    readonly title: string;
    readonly content: Html | undefined;
    readonly message?: PortalMessage;
    /** Whether the content shows what was wrong with its form. */
    readonly isError?: boolean;
  },
): string {
  const { session, configuration, customer } = portal;
  const { title, message = {}, content, isError = message.problem !== undefined } = view;
  const back = webUrl(session.return_url);
  const { privacy_policy_url: privacy, terms_of_service_url: terms } = configuration.business_profile;
  return page(
    { title, kind: 'portal', isError },
    html`${back === undefined ? undefined : html`<p><a href="${back}">← Go back</a></p>`}
<h1>${title}</h1>
<p class="soft">${[customer.name, customer.email].filter((part) => part !== null).join(' · ')}</p>
${alert(message.problem)}${notice(message.done)}
${content}
<p class="small soft">${outerLink('Terms', terms)} ${outerLink('Privacy', privacy)}</p>`,
  );
}

function outerLink(label: string, url: string | null): Html | undefined {
  const href = webUrl(url);
  return href === undefined ? undefined : html`<a href="${href}">${label}</a>`;
}

interface Button {
  readonly task: string;
  readonly label: string;
  readonly subscription?: Subscription;
  readonly hidden?: Html;
  readonly style?: 'plain' | 'bad';
}

export function button(portal: Portal, { task, label, subscription, hidden, style }: Button): Html {
  return html`<form method="post" action="${taskUrl(portal, task)}" class="inline">
${subscription === undefined ? undefined : html`<input type="hidden" name="subscription" value="${subscription.id}">`}${hidden}
<button type="submit"${style === undefined ? undefined : html` class="${style}"`}>${label}</button>
</form>`;
}

export function taskUrl({ session }: Portal, task: string): string {
  return `/p/session/${session.id}/${task}`;
}
