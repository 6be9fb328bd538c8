/** Makes the simulated Stripe refuse calls, with the error that Stripe answers. */
import type { Stage } from './stage.ts';

export interface StripeRefusal {
  readonly status?: number;
  readonly type?: string;
  readonly code?: string;
  readonly param?: string;
  readonly message?: string;
  /** How often. Default: until `calm`. */
  readonly count?: number;
}

export interface Refusals {
  /** `match`: a method and path such as `POST /v1/checkout/sessions`. */
  refuse(match: string, error: StripeRefusal): Promise<void>;
  /** Changes what the account's owner does in the Dashboard. */
  account(fields: Readonly<Record<string, unknown>>): Promise<void>;
  /** Ends all refusals. */
  calm(): Promise<void>;
}

export function refusalsOf({ stripeUrl }: Pick<Stage, 'stripeUrl'>): Refusals {
  const post = async (path: string, body: object): Promise<void> => {
    const answer = await fetch(`${stripeUrl}/_simulator${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
  };
  const account: Refusals['account'] = (fields) => post('/account', fields);
  return {
    refuse: (match, { count, ...error }) =>
      post('/chaos', { api: [{ fault: 'refuse', match, error, ...(count === undefined ? {} : { count }) }] }),
    account,
    calm: async () => {
      await post('/chaos', {});
      await account({ portal_settings_saved: true, live_mode_ids: [], expired_keys: [] });
    },
  };
}
