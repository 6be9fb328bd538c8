/** `POST /v1/subscription_schedules/:schedule`: replaces phases and settings of a schedule that has not ended. */
import type { SchedulePhase, SubscriptionSchedule } from '../model/subscription-schedule.ts';
import { mergeMetadata } from '../protocol/metadata.ts';
import type { Params } from '../protocol/params.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { endBehaviors, settingsOf } from './schedule-create.ts';
import { changeToPhase } from './schedule-lifecycle.ts';
import { parsePhases } from './schedule-phases.ts';
import { changeSchedule, getSchedule, isOpen } from './schedule-record.ts';

export function updateSchedule(world: World, { id, params }: ApiRequest): SubscriptionSchedule {
  const current = getSchedule(world, id);
  if (!isOpen(current)) {
    throw invalidRequest({
      message: `You cannot update a subscription schedule that is currently in the \`${current.status}\` status. It must be in the \`not_started\` or \`active\` status.`,
    });
  }
  // It applies to a change of the current items, which an update cannot make.
  params.oneOf('proration_behavior', ['always_invoice', 'create_prorations', 'none']);
  const phases = params.objects('phases');
  const patch: Partial<SubscriptionSchedule> = {
    default_settings: settingsOf(world, params.object('default_settings'), {
      customer: current.customer,
      current: current.default_settings,
    }),
    end_behavior: params.oneOf('end_behavior', endBehaviors) ?? current.end_behavior,
    metadata: mergeMetadata(current.metadata, params),
    ...(phases === undefined ? {} : phasesPatch(world, current, phases)),
  };
  return changeSchedule(world, id, { patch, event: 'updated' });
}

function phasesPatch(
  world: World,
  current: SubscriptionSchedule,
  phases: readonly Params[],
): Partial<SubscriptionSchedule> {
  const [first] = phases;
  if (first === undefined) {
    throw invalidRequest({
      message: 'A subscription schedule must have at least one phase.',
      param: 'phases',
    });
  }
  const now = world.seconds();
  const running = current.current_phase;
  const given = first.string('start_date');
  const requested = given === 'now' ? (running?.start_date ?? now) : first.integer('start_date');
  if (running === null) {
    const start = requested ?? current.phases[0]?.start_date ?? now;
    if (start <= now) throw unsupported(first.nameOf('start_date'), 'start a schedule by an update');
    return { phases: parsePhases(world, { phases, start }) };
  }
  // Past phases may be left out, but not the current one.
  if (requested !== running.start_date) {
    throw invalidRequest({
      message: 'The first phase of an active schedule must be its current phase, with the same `start_date`.',
      param: first.nameOf('start_date'),
    });
  }
  const parsed = parsePhases(world, { phases, start: running.start_date });
  const [phase] = parsed;
  const before = current.phases.find(({ start_date: start }) => start === running.start_date);
  if (phase === undefined || phase.end_date <= now)
    throw unsupported(first.nameOf('end_date'), 'end the current phase in the past');
  if (itemsIn(phase) !== itemsIn(before)) changeCurrentItems(world, current, phase);
  return { phases: parsed, current_phase: { end_date: phase.end_date, start_date: phase.start_date } };
}

/** The subscription changes with its current phase. */
function changeCurrentItems(world: World, schedule: SubscriptionSchedule, phase: SchedulePhase): void {
  const subscription = world.store.subscriptions.get(schedule.subscription ?? '');
  if (subscription !== undefined) changeToPhase(world, subscription, phase);
}

function itemsIn(phase: SchedulePhase | undefined): string {
  return JSON.stringify(phase?.items.map(({ price, quantity }) => [price, quantity]));
}

function unsupported(param: string, what: string): Error {
  return invalidRequest({ message: `The simulator does not ${what}.`, param });
}
