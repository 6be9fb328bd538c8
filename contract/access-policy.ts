/** The value of `ACCESS_POLICY` as people write it: the rules that differ from the defaults, and the order of plans. */

/** `grace N days` only for `past_due` and `unpaid`. */
type RuleText = 'granted' | 'denied' | 'grace 1 day' | `grace ${number} days`;

type RuleTexts = Readonly<
  Partial<
    Record<
      | 'past_due'
      | 'unpaid'
      | 'paused'
      | 'collection_paused'
      | 'payment_pending'
      | 'refunded'
      | 'dispute_open'
      | 'dispute_lost',
      RuleText
    >
  >
>;

export interface AccessPolicyText extends RuleTexts {
  /** The rules of single plans, by a name of the plan: its price, lookup key, product, or entitlement in the stores. */
  readonly plans?: Readonly<Record<string, RuleTexts>>;
  /** The highest plan first. The names in a list of their own are of one plan, or of plans that are equal. */
  readonly plan_order?: readonly (string | readonly string[])[];
}
