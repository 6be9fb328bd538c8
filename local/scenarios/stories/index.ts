/** The scenarios, in the order in which the console shows them. */
import type { ScenarioDefinition } from '../stage.ts';
import { createdAfterUpdated } from './created-after-updated.ts';
import { deletedWhileStripeDown } from './deleted-while-stripe-down.ts';
import { killedHalfWay } from './killed-half-way.ts';
import { lostWebhook } from './lost-webhook.ts';
import { paidOnIphone } from './paid-on-iphone.ts';
import { renewalDeclined } from './renewal-declined.ts';
import { twoTabs } from './two-tabs.ts';

export const scenarios: readonly ScenarioDefinition[] = [
  lostWebhook,
  deletedWhileStripeDown,
  twoTabs,
  createdAfterUpdated,
  paidOnIphone,
  killedHalfWay,
  renewalDeclined,
];
