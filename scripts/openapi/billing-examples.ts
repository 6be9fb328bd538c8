/** The examples of what a user is billed: nothing, a month, a payment to confirm, and an answer with a part missing. */
import type { BillingResponse } from '../../contract/billing.ts';
import { PERIOD_END } from './example-period.ts';

const noBilling: BillingResponse = {
  payments_due: [],
  next_charge: null,
  payment_method: null,
  scheduled: [],
  invoices: { data: [], has_more: false, next_cursor: null },
  tax_ids: [],
  billing_details: null,
  manage_url: null,
  unavailable: [],
};

const billing: BillingResponse = {
  ...noBilling,
  next_charge: {
    subscription: 'sub_1QxYzPro',
    amount: 1_900,
    currency: 'eur',
    at: PERIOD_END,
    ends_trial: false,
    collection_method: 'charge_automatically',
  },
  payment_method: {
    id: 'pm_1QxYzCard',
    type: 'card',
    brand: 'visa',
    last4: '4242',
    exp_month: 12,
    exp_year: 2026,
    expires_at: PERIOD_END,
    expires_before_next_charge: true,
  },
  invoices: {
    data: [
      {
        id: 'in_1QxYzMonth',
        number: 'A1B2C3D4-0007',
        created: PERIOD_END - 31 * 86_400,
        status: 'paid',
        total: 1_900,
        amount_paid: 1_900,
        amount_remaining: 0,
        currency: 'eur',
        hosted_invoice_url: 'https://invoice.stripe.com/i/acct_1QxYz/test_A1B2',
        invoice_pdf: 'https://pay.stripe.com/invoice/acct_1QxYz/test_A1B2/pdf',
      },
    ],
    has_more: false,
    next_cursor: null,
  },
  tax_ids: [{ id: 'txi_1QxYz', type: 'eu_vat', value: 'DE123456789', verification: 'verified' }],
  billing_details: {
    name: 'Ann Example',
    email: 'ann@example.com',
    phone: null,
    address: {
      line1: 'Example Street 1',
      line2: null,
      city: 'Berlin',
      state: null,
      postal_code: '10115',
      country: 'DE',
    },
  },
};

const mustConfirm: BillingResponse = {
  ...billing,
  payments_due: [
    {
      invoice: 'in_1QxYzNext',
      number: 'A1B2C3D4-0008',
      subscription: 'sub_1QxYzPro',
      reason: 'confirmation_required',
      amount: 1_900,
      currency: 'eur',
      since: PERIOD_END,
      due_at: null,
      next_attempt_at: PERIOD_END + 3 * 86_400,
      hosted_invoice_url: 'https://invoice.stripe.com/i/acct_1QxYz/test_E5F6',
    },
  ],
};

const withoutTaxIds: BillingResponse = { ...billing, tax_ids: null, unavailable: ['tax_ids'] };

export const billingExamples = {
  BillingResponse: {
    nothing_bought: { value: noBilling },
    subscriber: { value: billing },
    payment_to_confirm: { value: mustConfirm },
    part_unavailable: { value: withoutTaxIds },
  },
};
