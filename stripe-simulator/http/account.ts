/** The route of the account that all API keys belong to. */
import type { Route } from '../protocol/route.ts';

const account = {
  id: 'acct_1SimulatorAccount',
  object: 'account',
  business_type: 'company',
  capabilities: { card_payments: 'active', transfers: 'active' },
  charges_enabled: true,
  country: 'US',
  default_currency: 'usd',
  details_submitted: true,
  email: null,
  metadata: {},
  payouts_enabled: true,
  settings: {
    branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
    card_payments: {
      statement_descriptor_prefix: null,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
    dashboard: { display_name: 'Simulator', timezone: 'Etc/UTC' },
    payments: {
      statement_descriptor: 'SIMULATOR',
      statement_descriptor_kana: null,
      statement_descriptor_kanji: null,
      statement_descriptor_prefix_kana: null,
      statement_descriptor_prefix_kanji: null,
    },
  },
  type: 'standard',
};

export const accountRoutes: readonly Route[] = [
  { method: 'GET', path: '/v1/account', operation: () => account },
];
