/** Records the deliveries of a payer's events, each attempt as a span that its event's cause has led to. */
import { PARENT_HEADER } from './context.ts';
import type { Recorder } from './recorder.ts';

export interface DeliveryToWatch {
  readonly id: string;
  readonly event: string;
  readonly type: string;
}

export interface WatchDelivery {
  event(event: { readonly id: string; readonly type: string }): void;
  delivery(attempt: DeliveryToWatch): {
    readonly headers: Readonly<Record<string, string>>;
    done(outcome: { readonly status: number | null; readonly error: string | null }): void;
  };
}

/** `changed` is called when an event says that something changed. */
export function watchDeliveries(
  recorder: Recorder,
  changed: (subjects: readonly string[]) => void,
): WatchDelivery {
  return {
    event({ id }) {
      recorder.eventHappened(id);
      changed([]);
    },
    delivery({ id, event, type }) {
      const span = recorder.begin({
        lane: 'webhook',
        kind: 'delivery',
        title: type,
        parent: recorder.causeOf(event),
        externalId: event,
        replay: id,
      });
      return {
        headers: { [PARENT_HEADER]: String(span) },
        done({ status, error }) {
          const answered = status !== null;
          const succeeded = answered && status >= 200 && status < 300;
          recorder.end(span, {
            outcome: succeeded ? 'ok' : answered && status < 500 ? 'refused' : 'failed',
            status,
            note: error,
            request: { delivery: id, event },
            answer: { status, error },
          });
        },
      };
    },
  };
}
