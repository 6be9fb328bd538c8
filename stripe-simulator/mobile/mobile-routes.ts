/** The routes that the payment sheets of apps use in addition to those of intents. */
import type { Route } from '../protocol/route.ts';
import { elementsSession } from './element-sessions.ts';
import { createEphemeralKey, deleteEphemeralKey } from './ephemeral-keys.ts';

export const mobileRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/ephemeral_keys', operation: createEphemeralKey },
  { method: 'DELETE', path: '/v1/ephemeral_keys/:key', operation: deleteEphemeralKey },
  { method: 'GET', path: '/v1/elements/sessions', operation: elementsSession, publishable: 'open' },
];
