import { describe, expect, it } from 'vitest';
import { Fault, type FaultDetails } from '../../core/system/fault.ts';
import { ConfigurationError } from './environment.ts';
import { createLog } from './log.ts';

/** Returns the lines of a failure after its own line. */
function alarmsOf(cause: unknown, level: 'warn' | 'error' = 'error'): readonly unknown[] {
  const lines: string[] = [];
  createLog({ request_id: 'r' }, { write: (line) => lines.push(line) })[level]('Failed.', {}, cause);
  return lines.slice(1).map((line) => JSON.parse(line) as unknown);
}

const refused: FaultDetails = {
  code: 'refused',
  system: 'stripe',
  operation: 'open portal',
  requestId: 'req_1',
};

describe('A failure in the log', () => {
  it.each(['warn', 'error'] as const)(
    'raises the alarm of a setting, whether it is a warning or an error: %s',
    (level) => {
      const refusal = { kind: 'installation', setting: 'TRIAL_DAYS', fix: 'Set 730 or less.' } as const;
      expect(alarmsOf(new Fault({ ...refused, refusal }), level)).toEqual([
        expect.objectContaining({
          level: 'error',
          request_id: 'r',
          metric: 'misconfigured',
          settings: ['TRIAL_DAYS'],
          fix: 'Set 730 or less.',
          cause: {
            name: 'Fault',
            code: 'refused',
            system: 'stripe',
            operation: 'open portal',
            requestId: 'req_1',
            refusal: 'installation',
          },
        }),
      ]);
    },
  );

  it('raises the alarm of an incomplete configuration', () => {
    expect(alarmsOf(new ConfigurationError(['STRIPE_API_KEY'], ['TRIAL_DAYS (a number)']))).toMatchObject([
      { level: 'error', metric: 'misconfigured', settings: ['STRIPE_API_KEY', 'TRIAL_DAYS (a number)'] },
    ]);
  });

  it.each([undefined, { kind: 'unknown' }, { kind: 'optional', field: 'email' }] as const)(
    'raises the alarm of a refusal that no one has handled: %j',
    (refusal) => {
      expect(alarmsOf(new Fault({ ...refused, refusal }))).toMatchObject([{ metric: 'request_refused' }]);
    },
  );

  it.each<readonly [string, unknown]>([
    ['an outage', new Fault({ ...refused, code: 'unavailable' })],
    ['a time limit', new Fault({ code: 'time_limit', system: 'self', operation: 'x' })],
    ['what this service refuses itself', new Fault({ ...refused, system: 'self' })],
    [
      'the situation of a user',
      new Fault({ ...refused, refusal: { kind: 'situation', problem: 'nothing_to_change', hint: '' } }),
    ],
    ['a bug', new TypeError('x')],
    ['no cause', undefined],
  ])('raises no such alarm for %s', (_, cause) => {
    expect(alarmsOf(cause)).toEqual([]);
  });
});
