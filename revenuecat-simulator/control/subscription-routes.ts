/** The control routes of subscriptions: what the store and the user do with one. */
import { endReasons } from '../model/values.ts';
import { invalidParameter } from '../protocol/errors.ts';
import type { Fields } from '../protocol/fields.ts';
import type { ControlRoute } from './route.ts';

const MAX_DAYS = 3_660;

type Run = ControlRoute['run'];

const steps: Readonly<Record<string, Run>> = {
  renew: ({ operations }, id) => operations.renew(id),
  cancel: ({ operations }, id, fields) => operations.cancel(id, fields.oneOf('reason', endReasons)),
  uncancel: ({ operations }, id) => operations.uncancel(id),
  billing_issue: ({ operations }, id, fields) => {
    const graceDays = daysOf(fields, 'grace_days');
    const atRenewal = fields.flag('at_renewal') ?? false;
    return operations.billingIssue(id, { atRenewal, ...(graceDays === undefined ? {} : { graceDays }) });
  },
  recover: ({ operations }, id) => operations.recover(id),
  refund: ({ operations }, id) => operations.refund(id),
  pause: ({ operations }, id, fields) => operations.pause(id, daysOf(fields, 'days')),
  resume: ({ operations }, id) => operations.resume(id),
  change_product: ({ operations }, id, fields) =>
    operations.changeProduct(id, {
      product: fields.required('product'),
      atRenewal: fields.flag('at_renewal') ?? false,
    }),
  expire: ({ operations }, id, fields) => operations.expire(id, fields.oneOf('reason', endReasons)),
  extend: ({ operations }, id, fields) => {
    const days = daysOf(fields, 'days');
    if (days === undefined) throw invalidParameter('days', 'days is required.');
    return operations.extend(id, days);
  },
  restore: ({ operations }, id, fields) => operations.restore(id, fields.required('customer_id')),
};

const fieldsOfSteps: Readonly<Record<string, readonly string[]>> = {
  cancel: ['reason'],
  billing_issue: ['grace_days', 'at_renewal'],
  pause: ['days'],
  change_product: ['product', 'at_renewal'],
  expire: ['reason'],
  extend: ['days'],
  restore: ['customer_id'],
};

export const subscriptionRoutes: readonly ControlRoute[] = Object.entries(steps).map(([name, run]) => ({
  method: 'POST',
  path: `subscriptions/:subscription/${name}`,
  fields: fieldsOfSteps[name] ?? [],
  run,
}));

function daysOf(fields: Fields, name: string): number | undefined {
  return fields.number(name, { min: 0, max: MAX_DAYS });
}
