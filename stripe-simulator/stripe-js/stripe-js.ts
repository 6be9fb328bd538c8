/**
 * A small stand-in for Stripe.js. A page loads it from the simulator instead of `https://js.stripe.com`, and its elements
 * and confirmations go through: with the publishable key, from the browser, as with Stripe.
 */
import { CONFIRMATION } from './confirmation.ts';
import { ELEMENTS } from './elements.ts';
import { ENTRY } from './entry.ts';
import { FIELDS } from './fields.ts';
import { TRANSPORT } from './transport.ts';

const SCRIPT = `(() => {
'use strict';
${[TRANSPORT, FIELDS, ELEMENTS, CONFIRMATION, ENTRY].join('')}
})();
`;

/** Stripe serves its script as `/v3/`, and by the name of each release since. */
const ADDRESS = /^\/(v3\/?|([a-z]+\/)?stripe\.js)$/;

export function isStripeScript(path: string): boolean {
  return ADDRESS.test(path);
}

export function stripeScript(): { status: number; body: string; headers: Record<string, string> } {
  return {
    status: 200,
    body: SCRIPT,
    headers: {
      'Content-Type': 'text/javascript; charset=utf-8',
      'Cache-Control': 'no-cache',
      'Access-Control-Allow-Origin': '*',
      'X-Content-Type-Options': 'nosniff',
    },
  };
}
