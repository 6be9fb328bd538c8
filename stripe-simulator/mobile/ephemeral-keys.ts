/** Ephemeral keys, with which the payment sheet of an app reads the saved payment methods of one customer. */
import { resolveCustomer } from '../customers/customers.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest, notFound } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';

const VALID_SECONDS = 3600;

/** The key is made for the version that the SDK of the app has, so that the request must name it. */
export function createEphemeralKey(world: World, { params, namesVersion }: ApiRequest): object {
  if (namesVersion !== true) {
    throw invalidRequest({
      message: 'Please explicitly specify the Stripe-Version header when you create an ephemeral key.',
    });
  }
  const { id: customer } = resolveCustomer(world, params.required('customer'));
  const created = world.seconds();
  const row = world.store.ephemeralKeys.put({
    id: world.ids.next('ephkey_'),
    secret: world.ids.next('ek_test_'),
    customer,
    created,
    expires: created + VALID_SECONDS,
  });
  return {
    id: row.id,
    object: 'ephemeral_key',
    created,
    expires: row.expires,
    livemode: false,
    secret: row.secret,
  };
}

export function deleteEphemeralKey(world: World, { id }: ApiRequest): object {
  const row = world.store.ephemeralKeys.get(id);
  if (row === undefined) throw notFound('ephemeral_key', id);
  world.store.ephemeralKeys.delete(id);
  return { id, object: 'ephemeral_key', created: row.created, expires: world.seconds(), livemode: false };
}
