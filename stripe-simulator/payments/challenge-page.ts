/** The page of a card's bank, which asks the customer to authenticate. */
import type { Challenge } from '../model/challenge.ts';
import { formatCard, formatMoney } from '../pages/format.ts';
import { type Html, html } from '../pages/html.ts';
import { page } from '../pages/layout.ts';
import type { World } from '../world/world.ts';

export function challengePage(world: World, challenge: Challenge): string {
  const { id, amount, currency, payment_method: method } = challenge;
  const card = world.store.paymentMethods.get(method)?.card;
  const what =
    amount === null || currency === null ? 'Save this card' : `Pay ${formatMoney(amount, currency)}`;
  return page(
    { title: '3-D Secure authentication' },
    html`<div class="panel">
<h1>3-D Secure authentication</h1>
<p>Your bank asks you to confirm that it is you. With a real card, you do so with a code or in the app of your bank.</p>
<dl class="facts">
<dt>Request</dt><dd>${what}</dd>
${card === undefined ? undefined : html`<dt>Card</dt><dd>${formatCard(card)}</dd>`}
</dl>
<form method="post" action="/authenticate/${id}" class="row spaced">
${answer('complete', 'Complete authentication')}
${answer('fail', 'Fail authentication')}
</form>
</div>`,
  );
}

function answer(value: 'complete' | 'fail', label: string): Html {
  const style = value === 'fail' ? html` class="plain"` : undefined;
  return html`<button type="submit" name="outcome" value="${value}"${style}>${label}</button>`;
}
