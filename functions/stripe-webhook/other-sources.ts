/**
 * Events that reach the function through EventBridge or an SQS queue instead of the API. They carry no signature: who may send
 * is decided by AWS, so only the sources that the configuration names are accepted. A failure is thrown or reported, because
 * any answer would count as success.
 */
import type { LambdaContext } from '../../adapters/apigateway/http-handler.ts';
import {
  busEventIn,
  type OtherSource,
  otherSourceOf,
  type QueueMessage,
} from '../../adapters/aws/event-source.ts';
import { type ContextLog, createLog } from '../../adapters/system/log.ts';
import { CUSTOMERS_AT_ONCE, MAX_RECEIVE_COUNT } from '../../contract/event-queue.ts';
import { carryOutBatch } from '../../core/queue/carry-out-batch.ts';
import type { Clock } from '../../core/system/clock.ts';
import { Fault } from '../../core/system/fault.ts';

/** The sources that are open. Null: closed. */
export interface OpenSources {
  /** The name of the partner event source (`aws.partner/stripe.com/ed_…`). */
  readonly eventSource: string | null;
  readonly queueArn: string | null;
}

export interface OtherSourceServices {
  readonly sources: OpenSources;
  /** Carries out an event. Throws a `Fault` if it could not. */
  readonly carryOut: (body: unknown, log: ContextLog) => Promise<void>;
}

/** The messages that the queue must deliver again. The event source mapping needs `ReportBatchItemFailures`. */
export interface BatchAnswer {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

export interface OtherSourceOptions {
  readonly clock: Pick<Clock, 'within'>;
  readonly limitMs: number;
  readonly services: () => Promise<OtherSourceServices>;
}

/** Reserved for the answer. */
const RESERVE_MS = 500;
const batchLimits = { atOnce: CUSTOMERS_AT_ONCE, maxReceiveCount: MAX_RECEIVE_COUNT };

/** Returns `undefined` for an invocation by an API. */
export function fromOtherSource(
  options: OtherSourceOptions,
  invocation: unknown,
  context: LambdaContext | undefined,
): Promise<BatchAnswer | null> | undefined {
  const source = otherSourceOf(invocation);
  return source === undefined ? undefined : receive(options, source, context);
}

async function receive(
  { clock, limitMs, services }: OtherSourceOptions,
  source: OtherSource,
  context: LambdaContext | undefined,
): Promise<BatchAnswer | null> {
  const leftMs = (context?.getRemainingTimeInMillis?.() ?? limitMs) - RESERVE_MS;
  const untilMs = performance.now() + Math.min(limitMs, leftMs);
  // Returns whether the work succeeded.
  const succeeds = async (work: (log: ContextLog) => Promise<void>): Promise<boolean> => {
    const log = createLog({ request_id: context?.awsRequestId ?? null });
    try {
      await clock.within(Math.max(0, untilMs - performance.now()), () => work(log));
      return true;
    } catch (cause) {
      log.error('Request failed.', { metric: 'request_failed' }, cause);
      return false;
    }
  };
  const isReady = await succeeds(async (log) => requireOpen(log, source, (await services()).sources));
  if (!isReady || source.kind === 'unknown') throw failed();
  const { sources, carryOut } = await services();
  if (source.kind === 'sqs') {
    return batchAnswer(source.messages, (message) =>
      succeeds((log) => carryOut(eventIn(message, sources), log)),
    );
  }
  if (await succeeds((log) => carryOut(source.event.detail, log))) return null;
  throw failed();
}

async function batchAnswer(
  messages: readonly QueueMessage[],
  succeeds: (message: QueueMessage) => Promise<boolean>,
): Promise<BatchAnswer> {
  const again = await carryOutBatch(messages, batchLimits, succeeds);
  // Then the answer would say the same, but an event source mapping without ReportBatchItemFailures does not read it.
  if (again.length > 0 && again.length === messages.length) throw failed();
  return { batchItemFailures: again.map((itemIdentifier) => ({ itemIdentifier })) };
}

function isOpen(source: OtherSource, { eventSource, queueArn }: OpenSources): boolean {
  if (source.kind === 'eventbridge') return eventSource !== null && source.event.source === eventSource;
  return (
    source.kind === 'sqs' &&
    queueArn !== null &&
    source.messages.every((message) => message.queueArn === queueArn)
  );
}

/** A queue holds the events themselves, or what a rule of EventBridge passes on. */
function eventIn({ body }: QueueMessage, { eventSource }: OpenSources): unknown {
  const event = busEventIn(body);
  if (event === undefined) return body;
  if (eventSource !== null && event.source !== eventSource) throw unexpected('other_event_source');
  return event.detail;
}

function requireOpen(log: ContextLog, source: OtherSource, sources: OpenSources): void {
  if (source.kind === 'unknown') {
    log.error(
      'The function was invoked with neither a request of an API, nor a whole event of EventBridge, nor a batch of SQS; nothing was carried out.',
      { metric: 'webhook_source_closed', source: source.kind },
    );
    throw unexpected('source_unknown');
  }
  if (isOpen(source, sources)) return;
  const setting = source.kind === 'sqs' ? 'STRIPE_EVENT_QUEUE_ARN' : 'STRIPE_EVENT_SOURCE';
  log.error('Events arrived from a source that is not configured; none was carried out.', {
    metric: 'webhook_source_closed',
    source: source.kind,
    setting,
  });
  throw unexpected('source_not_configured');
}

function unexpected(reason: string): Fault {
  return new Fault({ code: 'refused', system: 'self', operation: 'receive events', reason });
}

/** Lambda logs what is thrown with its message, so it says nothing about the cause, which is logged already. */
function failed(): Fault {
  return new Fault({ code: 'unavailable', system: 'self', operation: 'receive events' });
}
