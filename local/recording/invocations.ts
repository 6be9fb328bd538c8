/** Records each invocation of a function, with its output and its answer. */
import { parseJsonObject } from '../http/body.ts';
import type { ObserveInvocation } from '../lambda/observer.ts';
import { subjectsIn } from './describe/outcome.ts';
import type { Recorder } from './recorder.ts';

export interface Invocations {
  readonly observe: ObserveInvocation;
  /** The function that runs under a span. */
  nameOf(span: number): string | undefined;
}

/** The functions that Cognito calls. */
const triggers = new Set(['post-confirmation', 'pre-sign-up']);

export function observeInvocations(recorder: Recorder): Invocations {
  const running = new Map<number, string>();
  return {
    nameOf: (span) => running.get(span),
    observe(name, event) {
      const kind = triggers.has(name) ? 'trigger' : 'invocation';
      const span = recorder.begin({ lane: 'lambda', kind, title: name });
      running.set(span, name);
      let requestId: string | null = null;
      return {
        span,
        line(line) {
          const fields = parseJsonObject(line);
          if (requestId === null && typeof fields?.['request_id'] === 'string')
            requestId = fields['request_id'];
          recorder.log(span, fields ?? line);
        },
        end(result) {
          running.delete(span);
          recorder.end(span, {
            ...outcomeOf(result.ok ? result.payload : undefined, result.ok),
            note: result.ok ? null : `${result.errorType}: ${result.errorMessage}`,
            subjects: subjectsOf(event),
            externalId: requestId,
            request: event,
            answer: result,
          });
        },
      };
    },
  };
}

function outcomeOf(
  payload: unknown,
  ok: boolean,
): { outcome: 'ok' | 'refused' | 'failed'; status: number | null } {
  if (!ok) return { outcome: 'failed', status: null };
  const status = (payload as { readonly statusCode?: unknown } | null)?.statusCode;
  if (typeof status !== 'number') return { outcome: 'ok', status: null };
  if (status >= 500) return { outcome: 'failed', status };
  return { outcome: status >= 400 ? 'refused' : 'ok', status };
}

/** The user of the token or the trigger, and those that the body of a webhook names. */
function subjectsOf(event: unknown): readonly string[] {
  const { requestContext, request, userName, body } = (event ?? {}) as Readonly<Record<string, unknown>>;
  return subjectsIn(requestContext ?? '', request ?? '', userName ?? '', bodyText(body));
}

function bodyText(body: unknown): string {
  return typeof body === 'string' ? body : '';
}
