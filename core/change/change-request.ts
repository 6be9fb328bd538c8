/** Validates what a client asks for. A body asks for one thing, so no request is carried out by half. Pure. */

import type { ProblemCode } from '../../contract/problem.ts';
import type { CancellationFeedback } from '../../contract/subscription.ts';
import { isRecord, type UnknownRecord } from '../system/record.ts';
import type { ChangeOrder, When } from './change.ts';
import { readMark } from './preview-mark.ts';
import type { ChangeRequest, NamedItem } from './wanted.ts';

export interface RequestRules {
  readonly maxQuantity: number;
}

export interface RequestRefusal {
  readonly kind: 'refused';
  readonly code: ProblemCode;
  readonly detail: string;
}

const MAX_PRICE_LENGTH = 255;
/** Stripe's limit for the items of a subscription, without the plan. */
const MAX_ADD_ONS = 19;
const MAX_COMMENT_LENGTH = 1_000;
const actions = ['change', 'cancel', 'resume'] as const;
const feedbacks: readonly CancellationFeedback[] = [
  'customer_service',
  'low_quality',
  'missing_features',
  'other',
  'switched_service',
  'too_complex',
  'too_expensive',
  'unused',
];

/** Reads the body of `POST /me/subscription`. */
export function readOrder(body: UnknownRecord, rules: RequestRules): ChangeOrder | RequestRefusal {
  const named = Object.keys(body);
  const [action, ...others] = named;
  if (action === undefined || others.length > 0 || !isAction(action))
    return malformed(`The body must have exactly one of ${actions.join(', ')}.`);
  const value = body[action];
  if (!isRecord(value)) return malformed(`${action} must be an object.`);
  if (action === 'resume') return unknownIn(value, [], 'resume') ?? { kind: 'resume' };
  if (action === 'cancel') return readCancel(value);
  const change = readChange(value, rules, ['preview']);
  if ('code' in change) return change;
  if (Object.keys(change.request).length === 0)
    return malformed('change must have at least one of price, quantity, add_ons.');
  const { preview: text } = value;
  if (text === undefined) return { kind: 'change', ...change };
  const preview = typeof text === 'string' ? readMark(text) : undefined;
  return preview === undefined
    ? malformed('change.preview must be the preview of an answer of POST /me/subscription/preview.')
    : { kind: 'change', ...change, preview };
}

export interface ReadChange {
  readonly request: ChangeRequest;
  readonly when?: When;
}

/** Reads what to change. Without anything, the subscription stays as it is. */
export function readChange(
  body: UnknownRecord,
  rules: RequestRules,
  also: readonly string[] = [],
): ReadChange | RequestRefusal {
  const unknown = unknownIn(body, ['price', 'quantity', 'add_ons', 'when', ...also], 'change');
  if (unknown !== undefined) return unknown;
  const { price, quantity, add_ons: addOns, when } = body;
  if (price !== undefined && !isPriceName(price))
    return malformed('price must be a price id or a lookup key.');
  const wrong = quantity === undefined ? undefined : wrongQuantity(quantity, 'quantity', rules);
  if (wrong !== undefined) return wrong;
  if (when !== undefined && when !== 'now' && when !== 'period_end')
    return malformed('when must be now or period_end.');
  const items = addOns === undefined ? undefined : readAddOns(addOns, rules);
  if (items !== undefined && 'code' in items) return items;
  return {
    request: {
      ...(price === undefined ? {} : { price }),
      ...(quantity === undefined ? {} : { quantity: quantity as number }),
      ...(items === undefined ? {} : { addOns: items }),
    },
    ...(when === undefined ? {} : { when }),
  };
}

function readCancel(body: UnknownRecord): ChangeOrder | RequestRefusal {
  const unknown = unknownIn(body, ['feedback', 'comment'], 'cancel');
  if (unknown !== undefined) return unknown;
  const { feedback = null, comment = null } = body;
  if (feedback !== null && !isFeedback(feedback))
    return malformed(`feedback must be one of ${feedbacks.join(', ')}.`);
  if (comment === null) return { kind: 'cancel', feedback, comment };
  if (typeof comment !== 'string' || comment.length > MAX_COMMENT_LENGTH)
    return malformed(`comment must be a text of at most ${MAX_COMMENT_LENGTH} characters.`);
  return { kind: 'cancel', feedback, comment: comment === '' ? null : comment };
}

function readAddOns(value: unknown, rules: RequestRules): readonly NamedItem[] | RequestRefusal {
  if (!Array.isArray(value) || value.length > MAX_ADD_ONS)
    return malformed(`add_ons must be a list of at most ${MAX_ADD_ONS} items.`);
  const items: NamedItem[] = [];
  for (const [index, one] of (value as readonly unknown[]).entries()) {
    const field = `add_ons[${index}]`;
    if (!isRecord(one)) return malformed(`${field} must be an object.`);
    const unknown = unknownIn(one, ['price', 'quantity'], field);
    if (unknown !== undefined) return unknown;
    const { price, quantity = 1 } = one;
    if (!isPriceName(price)) return malformed(`${field}.price must be a price id or a lookup key.`);
    const wrong = wrongQuantity(quantity, `${field}.quantity`, rules);
    if (wrong !== undefined) return wrong;
    items.push({ price, quantity: quantity as number });
  }
  return items;
}

function wrongQuantity(
  value: unknown,
  field: string,
  { maxQuantity }: RequestRules,
): RequestRefusal | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    return malformed(`${field} must be a whole number of at least 1.`);
  if (value <= maxQuantity) return undefined;
  return {
    kind: 'refused',
    code: 'quantity_not_allowed',
    detail: `${field} must be at most ${maxQuantity}.`,
  };
}

function isPriceName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_PRICE_LENGTH;
}

function isFeedback(value: unknown): value is CancellationFeedback {
  return feedbacks.some((feedback) => feedback === value);
}

function isAction(name: string): name is (typeof actions)[number] {
  return actions.some((action) => action === name);
}

function unknownIn(body: UnknownRecord, known: readonly string[], of: string): RequestRefusal | undefined {
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  return unknown === undefined ? undefined : malformed(`Unknown field in ${of}: ${unknown.slice(0, 40)}.`);
}

function malformed(detail: string): RequestRefusal {
  return { kind: 'refused', code: 'malformed_request', detail };
}
