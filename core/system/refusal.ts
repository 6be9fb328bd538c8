/** What a permanent refusal of another system means, and so who can do something about it. */
import type { ProblemCode } from '../../contract/problem.ts';

/** Data of a user that a Stripe customer need not have. It is left out if Stripe does not accept it. */
export const optionalFields = [
  'email',
  'name',
  'phone',
  'address',
  'shipping',
  'preferred_locales',
  'description',
  'metadata',
] as const;
export type OptionalField = (typeof optionalFields)[number];

/** The problems that the user's own situation causes. */
export type SituationProblem = Extract<
  ProblemCode,
  | 'currency_mismatch'
  | 'address_required'
  | 'subscription_limit'
  | 'promotion_not_applicable'
  | 'flow_not_available'
  | 'nothing_to_change'
  | 'return_url_not_allowed'
>;

export type Refusal =
  /** The field can be left out. */
  | { readonly kind: 'optional'; readonly field: OptionalField }
  /** Only an operator can correct it: `setting` is an environment variable, or the place in the other system. */
  | { readonly kind: 'installation'; readonly setting: string; readonly fix: string }
  /** The request does not apply to this user now. */
  | { readonly kind: 'situation'; readonly problem: SituationProblem; readonly hint: string }
  /** No rule knows it. A person must look at it. */
  | { readonly kind: 'unknown' };

export const unknownRefusal: Refusal = { kind: 'unknown' };
