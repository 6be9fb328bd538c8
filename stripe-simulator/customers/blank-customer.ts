/** Creates customers with default values. */
import type { Customer } from '../model/customer.ts';
import { add } from '../world/records.ts';
import type { World } from '../world/world.ts';

/** Stores a customer that has only an email address and a name. */
export function createBareCustomer(world: World, details: Pick<Customer, 'email' | 'name'>): Customer {
  const row = { ...blankCustomer(world, world.ids.next('cus_')), ...details };
  return add(world, world.store.customers, { row, event: 'customer.created' });
}

/** Returns a customer with default values; it is not stored. */
export function blankCustomer(world: World, id: string): Customer {
  return {
    id,
    object: 'customer',
    address: null,
    balance: 0,
    created: world.seconds(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: id.slice(4, 12).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
}
