/** Executes an injected fault in place of, before or after the request. */
import type { ApiFault, Rule } from '../faults/rules.ts';
import { type Answer, droppedAnswer } from '../protocol/answer.ts';
import { RevenueCatError } from '../protocol/errors.ts';
import { tooManyRequests } from './rate-limit.ts';

const TOO_MANY_REQUESTS = 429;

export async function answerWithFault(rule: Rule<ApiFault>, execute: () => Answer): Promise<Answer> {
  switch (rule.fault) {
    case 'status':
      return errorOf(rule).answer();
    case 'status_after':
      execute();
      return errorOf(rule).answer();
    case 'delay':
      await new Promise((resolve) => {
        setTimeout(resolve, rule.ms);
      });
      return execute();
    case 'drop_before':
      return droppedAnswer;
    case 'drop_after':
      execute();
      return droppedAnswer;
    default:
      return rule.fault satisfies never;
  }
}

function errorOf({ status, ms }: Rule<ApiFault>): RevenueCatError {
  if (status === TOO_MANY_REQUESTS) return tooManyRequests(ms);
  return new RevenueCatError(status, `The request failed with the injected status ${status}.`);
}
