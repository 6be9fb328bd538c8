/** The part of Stripe's API that the product calls, with the names and types of the official library. */
import type { Stripe } from 'stripe';
import { Fault } from '../../core/system/fault.ts';
import type { Method, RequestOptions, SendToStripe } from './request.ts';

type Of<Resource, Name extends keyof Resource> = { readonly [N in Name]: Called<Resource[N]> };

type Called<Call> = Call extends (...given: infer Given) => infer Answer
  ? (...given: Given) => Promise<Awaited<Answer>>
  : never;

export interface StripeApi {
  readonly billingPortal: { readonly sessions: Of<Stripe['billingPortal']['sessions'], 'create'> };
  readonly charges: Of<Stripe['charges'], 'retrieve'>;
  readonly checkout: {
    readonly sessions: Of<Stripe['checkout']['sessions'], 'create' | 'retrieve' | 'list' | 'expire'>;
  };
  readonly creditNotes: Of<Stripe['creditNotes'], 'list'>;
  readonly customers: Of<
    Stripe['customers'],
    'create' | 'retrieve' | 'update' | 'del' | 'list' | 'search' | 'listTaxIds'
  >;
  readonly disputes: Of<Stripe['disputes'], 'list'>;
  readonly entitlements: {
    readonly activeEntitlements: Of<Stripe['entitlements']['activeEntitlements'], 'list'>;
  };
  readonly events: Of<Stripe['events'], 'retrieve' | 'list'>;
  readonly invoiceItems: Of<Stripe['invoiceItems'], 'list'>;
  readonly invoicePayments: Of<Stripe['invoicePayments'], 'list'>;
  readonly invoices: Of<
    Stripe['invoices'],
    'retrieve' | 'list' | 'listLineItems' | 'voidInvoice' | 'createPreview'
  >;
  readonly paymentMethods: Of<Stripe['paymentMethods'], 'retrieve'>;
  readonly paymentRecords: Of<Stripe['paymentRecords'], 'retrieve'>;
  readonly prices: Of<Stripe['prices'], 'retrieve' | 'list'>;
  readonly refunds: Of<Stripe['refunds'], 'create' | 'list'>;
  readonly subscriptionItems: Of<Stripe['subscriptionItems'], 'list'>;
  readonly subscriptionSchedules: Of<
    Stripe['subscriptionSchedules'],
    'create' | 'retrieve' | 'update' | 'release' | 'list'
  >;
  readonly subscriptions: Of<Stripe['subscriptions'], 'retrieve' | 'update' | 'cancel' | 'list'>;
  /** Reads an object by the path, with its query, that an event names. */
  rawRequest(method: 'GET', path: string): Promise<unknown>;
}

export function stripeApi(send: SendToStripe): StripeApi {
  const { at, of } = callsOf(send);
  const api = {
    billingPortal: { sessions: { create: at('POST', 'billing_portal/sessions') } },
    charges: { retrieve: of('GET', 'charges') },
    checkout: {
      sessions: {
        create: at('POST', 'checkout/sessions'),
        retrieve: of('GET', 'checkout/sessions'),
        list: at('GET', 'checkout/sessions'),
        expire: of('POST', 'checkout/sessions', '/expire'),
      },
    },
    creditNotes: { list: at('GET', 'credit_notes') },
    customers: {
      create: at('POST', 'customers'),
      retrieve: of('GET', 'customers'),
      update: of('POST', 'customers'),
      del: of('DELETE', 'customers'),
      list: at('GET', 'customers'),
      search: at('GET', 'customers/search'),
      listTaxIds: of('GET', 'customers', '/tax_ids'),
    },
    disputes: { list: at('GET', 'disputes') },
    entitlements: { activeEntitlements: { list: at('GET', 'entitlements/active_entitlements') } },
    events: { retrieve: of('GET', 'events'), list: at('GET', 'events') },
    invoiceItems: { list: at('GET', 'invoiceitems') },
    invoicePayments: { list: at('GET', 'invoice_payments') },
    invoices: {
      retrieve: of('GET', 'invoices'),
      list: at('GET', 'invoices'),
      listLineItems: of('GET', 'invoices', '/lines'),
      voidInvoice: of('POST', 'invoices', '/void'),
      createPreview: at('POST', 'invoices/create_preview'),
    },
    paymentMethods: { retrieve: of('GET', 'payment_methods') },
    paymentRecords: { retrieve: of('GET', 'payment_records') },
    prices: { retrieve: of('GET', 'prices'), list: at('GET', 'prices') },
    refunds: { create: at('POST', 'refunds'), list: at('GET', 'refunds') },
    subscriptionItems: { list: at('GET', 'subscription_items') },
    subscriptionSchedules: schedulesAt({ at, of }),
    subscriptions: {
      retrieve: of('GET', 'subscriptions'),
      update: of('POST', 'subscriptions'),
      cancel: of('DELETE', 'subscriptions'),
      list: at('GET', 'subscriptions'),
    },
    rawRequest: (method: Method, path: string) => send({ method, path }),
  };
  // The answers are what Stripe sends. The adapters read them as unknown.
  return api as unknown as StripeApi;
}

/** `at` calls a path, and `of` an object by its id. */
function callsOf(send: SendToStripe) {
  const at = (method: Method, path: string) => (params?: object, options?: RequestOptions) =>
    send({ method, path: `/v1/${path}`, params, options });
  const of =
    (method: Method, path: string, action = '') =>
    (id: string, params?: object, options?: RequestOptions) =>
      send({ method, path: `/v1/${path}/${segment(id)}${action}`, params, options });
  return { at, of };
}

function schedulesAt({ at, of }: ReturnType<typeof callsOf>): object {
  return {
    create: at('POST', 'subscription_schedules'),
    retrieve: of('GET', 'subscription_schedules'),
    update: of('POST', 'subscription_schedules'),
    release: of('POST', 'subscription_schedules', '/release'),
    list: at('GET', 'subscription_schedules'),
  };
}

/** Without an id, or with `..` as one, a path would name something else. */
function segment(id: string): string {
  if (/^\.{0,2}$/.test(id)) {
    throw new Fault({ code: 'refused', system: 'stripe', operation: 'name object', reason: 'id_missing' });
  }
  return encodeURIComponent(id);
}
