/** Delivers the messages of the queue to workers: at least once, two batches at a time. It checks what leaves the queue. */
import { MAX_RECEIVE_COUNT } from '../contract/event-queue.ts';
import type { InvocationResult } from './engine/invocation.ts';
import type { Functions } from './functions.ts';
import type { World } from './world.ts';
import { receive, type WaitingMessage } from './worlds/queue.ts';
import { ownerOf } from './worlds/stripe.ts';

const MAX_CONCURRENCY = 2;
/** How long Lambda takes to notice a message. */
const POLL_MS = 200;

export function openWorkers(world: World, functions: Functions): void {
  const { timeline, tally } = world.context;
  let running = 0;
  const poll = (): void => {
    while (running < MAX_CONCURRENCY) {
      const before = world.queue.deadLetters.length;
      const batch = receive(world.queue, timeline.nowMs);
      for (const message of world.queue.deadLetters.slice(before)) noteDeadLetter(world, message);
      const [first] = batch;
      if (first === undefined) return;
      tally.add(batch.length > 1 ? 'batch of several' : 'batch of one');
      running += 1;
      const hiddenUntilMs = first.hiddenUntilMs;
      timeline.at(hiddenUntilMs, poll);
      void functions.worker(batch).then((result) => {
        running -= 1;
        acknowledge(world, { batch, hiddenUntilMs }, result);
        poll();
      });
    }
  };
  world.queue.wake = () => timeline.after(world.random.below(POLL_MS), poll);
}

interface Delivered {
  readonly batch: readonly WaitingMessage[];
  readonly hiddenUntilMs: number;
}

/** Lambda deletes what the worker does not return. What is not deleted becomes visible again. */
function acknowledge(
  world: World,
  { batch, hiddenUntilMs }: Delivered,
  result: InvocationResult<readonly string[]>,
): void {
  const { faults, timeline, tally } = world.context;
  if (result.kind !== 'returned') return;
  if (timeline.nowMs >= hiddenUntilMs || faults.faultAt(timeline.nowMs) !== 'none') {
    tally.add('acknowledgement lost');
    return;
  }
  if (result.value.length > 0) tally.add('batch returned in part');
  const done = batch.filter(({ id }) => !result.value.includes(id));
  for (const message of done) checkRemoval(world, message, done);
  world.queue.waiting = world.queue.waiting.filter((message) => !done.includes(message));
}

/** An event leaves the queue once it was carried out, and not before an earlier one of its customer. */
function checkRemoval(
  world: World,
  { id, eventId, groupId }: WaitingMessage,
  done: readonly WaitingMessage[],
): void {
  const { waiting, carriedOut } = world.queue;
  if (!carriedOut.has(id)) world.violations.push(`20. ${eventId} left the queue and was not carried out`);
  const ofGroup = waiting.filter((message) => message.groupId === groupId);
  const earlier = ofGroup.slice(
    0,
    ofGroup.findIndex((message) => message.id === id),
  );
  // One that moves to the dead-letter queue now holds up no other.
  const left = earlier.find((one) => !done.includes(one) && one.receiveCount < MAX_RECEIVE_COUNT);
  if (left !== undefined) world.violations.push(`20. ${eventId} left the queue before ${left.eventId}`);
}

/** An operator redrives it before the final reconcile. Until then, rows are out of date. */
function noteDeadLetter(world: World, { eventId }: WaitingMessage): void {
  world.context.tally.add('dead letter');
  const event = world.sent.get(eventId);
  if (event === undefined) return;
  const customer = world.stripe.customers.get(event.customerId);
  const owner = customer === undefined ? undefined : ownerOf(customer);
  const affected = [owner, event.sub, event.formerSub];
  for (const user of world.users) user.eventSkipped ||= affected.includes(user.sub);
}
