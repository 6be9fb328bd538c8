/** Parses the phases of a schedule: what is billed, and from when to when. */
import type { Interval, Recurring } from '../model/catalog.ts';
import type { PhaseItem, SchedulePhase } from '../model/subscription-schedule.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import { invalidRequest, missingParameter } from '../protocol/stripe-error.ts';
import { itemInputs, prorationBehaviors } from '../subscriptions/subscription-create.ts';
import { type ItemInput, recurringOf } from '../subscriptions/subscription-items.ts';
import { addIntervals } from '../time/billing-periods.ts';
import type { World } from '../world/world.ts';
import { invoiceSettingsOf, phaseDiscounts, phaseTerms } from './phase-terms.ts';

const collectionMethods = ['charge_automatically', 'send_invoice'] as const;
const intervals: readonly Interval[] = ['day', 'month', 'week', 'year'];

export interface PhasesInput {
  readonly phases: readonly Params[];
  /** When the first phase starts, in Unix seconds. */
  readonly start: number;
}

/** Each phase starts when the one before it ends. */
export function parsePhases(world: World, { phases, start }: PhasesInput): SchedulePhase[] {
  const parsed: SchedulePhase[] = [];
  for (const [index, params] of phases.entries()) {
    const startDate = parsed.at(-1)?.end_date ?? start;
    checkStart(params, startDate);
    parsed.push(parsePhase(world, { params, start: startDate, isLast: index === phases.length - 1 }));
  }
  return parsed;
}

function checkStart(params: Params, start: number): void {
  const requested = params.string('start_date');
  if (requested === undefined || requested === 'now' || params.integer('start_date') === start) return;
  throw invalidRequest({
    message: 'The start date of a phase must equal the end date of the phase before it.',
    param: params.nameOf('start_date'),
  });
}

function checkCurrency(params: Params, inputs: readonly ItemInput[]): void {
  const currency = params.string('currency')?.toLowerCase();
  if (currency === undefined || inputs.every(({ price }) => price.currency === currency)) return;
  throw invalidRequest({
    message: `The prices of a phase must have its currency, ${currency}.`,
    param: params.nameOf('currency'),
  });
}

function parsePhase(
  world: World,
  { params, start, isLast }: { params: Params; start: number; isLast: boolean },
): SchedulePhase {
  const inputs = itemInputs(world, params);
  checkCurrency(params, inputs);
  const recurring = recurringOf(
    inputs.map(({ price }) => price),
    { mixed: true },
  );
  const end = endOf(params, { start, recurring, isLast });
  return {
    ...phaseTerms(world, params),
    application_fee_percent: null,
    billing_cycle_anchor:
      params.oneOf<'automatic' | 'phase_start'>('billing_cycle_anchor', ['automatic', 'phase_start']) ?? null,
    billing_thresholds: null,
    collection_method: params.oneOf('collection_method', collectionMethods) ?? null,
    currency: inputs[0]?.price.currency ?? 'usd',
    default_payment_method: params.string('default_payment_method') ?? null,
    description: params.string('description') ?? null,
    end_date: end,
    invoice_settings: invoiceSettingsOf(params.object('invoice_settings')),
    items: (params.objects('items') ?? []).map((item, index) => phaseItemIn(item, inputs[index])),
    metadata: mergeMetadata({}, params),
    on_behalf_of: null,
    proration_behavior: params.oneOf('proration_behavior', prorationBehaviors) ?? 'create_prorations',
    start_date: start,
    transfer_data: null,
    trial_end: trialEndOf(params, { start, end }),
  };
}

function phaseItemIn(params: Params, input: ItemInput | undefined): PhaseItem {
  if (input === undefined) throw missingParameter(params.nameOf('price'));
  return { ...phaseItem(input), discounts: phaseDiscounts(params), tax_rates: input.taxRates ?? [] };
}

export function phaseItem({
  price,
  quantity,
  metadata,
}: Pick<ItemInput, 'metadata' | 'price'> & { readonly quantity?: number | undefined }): PhaseItem {
  return {
    billing_thresholds: null,
    discounts: [],
    metadata,
    plan: price.id,
    price: price.id,
    ...(quantity === undefined ? {} : { quantity }),
    tax_rates: [],
  };
}

/** Without an end, the last phase lasts one billing interval. */
function endOf(
  params: Params,
  { start, recurring, isLast }: { start: number; recurring: Recurring; isLast: boolean },
): number {
  const given = ['duration', 'end_date', 'iterations'].filter((name) => params.has(name));
  if (given.length > 1) {
    const names = given.map((name) => params.nameOf(name)).join(', ');
    throw invalidRequest({ message: `You may only specify one of these parameters: ${names}.` });
  }
  const date = params.integer('end_date');
  if (date !== undefined && date <= start) {
    throw invalidRequest({
      message: 'The end date of a phase must be after its start date.',
      param: params.nameOf('end_date'),
    });
  }
  if (date !== undefined) return date;
  const duration = params.object('duration');
  if (duration !== undefined) {
    const interval = duration.oneOf('interval', intervals);
    if (interval === undefined) throw missingParameter(duration.nameOf('interval'));
    return addIntervals(
      start,
      { ...recurring, interval, interval_count: 1 },
      countIn(duration, 'interval_count'),
    );
  }
  if (!isLast && !params.has('iterations')) throw missingParameter(params.nameOf('end_date'));
  return addIntervals(start, recurring, countIn(params, 'iterations'));
}

function countIn(params: Params, name: string): number {
  const count = params.integer(name) ?? 1;
  if (count >= 1) return count;
  throw invalidRequest({
    message: 'This value must be greater than or equal to 1.',
    param: params.nameOf(name),
  });
}

function trialEndOf(params: Params, { start, end }: { start: number; end: number }): number | null {
  if (params.boolean('trial') === true) {
    if (!params.has('trial_end')) return end;
    throw invalidRequest({
      message: `You may only specify one of these parameters: ${params.nameOf('trial')}, ${params.nameOf('trial_end')}.`,
    });
  }
  const trialEnd = params.integer('trial_end');
  if (trialEnd === undefined) return null;
  if (trialEnd > start && trialEnd <= end) return trialEnd;
  throw invalidRequest({
    message: 'The trial of a phase must end within the phase.',
    param: params.nameOf('trial_end'),
  });
}
