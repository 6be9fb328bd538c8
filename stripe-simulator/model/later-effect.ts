/** What happens to a record some time after its request, such as the result of a bank debit. Stripe's API does not show it. */

export type EffectName =
  | 'settle_payment'
  | 'expire_authorization'
  | 'settle_refund'
  | 'close_dispute'
  | 'pay_payout';

export interface LaterEffect {
  id: string;
  effect: EffectName;
  /** The record that it happens to. */
  subject: string;
  at: number;
  /** The test clock that it waits for; null for the simulator's own clock. */
  clock: string | null;
}
