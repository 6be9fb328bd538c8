/** Renders the simulated days as a table, and as the plots of those on which a limit binds. */
import { table } from '../table.ts';
import { type Case, wayNames } from './cases.ts';
import { plotOf } from './plot.ts';

const MINUTE = 60;
const HOUR = 3_600;
/**
 * What AWS charges for one delivery in us-east-1: the HTTP API (1.00 per million), Lambda's request (0.20) and half a second of
 * 256 MB (1.67), a read (0.13) and a write (0.63) in DynamoDB. The queue adds a request of Lambda with 50 ms of 256 MB (0.37), and
 * sending, receiving and deleting a message (0.50 each), which a backlog makes cheaper.
 */
const dollarsPerMillion = { stripe: 3.63, queue: 5.5 } as const;

export function scaleTable(cases: readonly Case[]): string {
  return table(
    [
      'subscribers',
      'day',
      'events',
      '99 of 100 within',
      'longest wait',
      'largest backlog',
      'calls to Stripe',
      'given up',
      'dollars',
    ],
    cases.map(({ subscribers, kind, way, delivery, outcome }) => [
      `${subscribers / 1e6} M`,
      kind,
      way,
      duration(outcome.wait99),
      duration(outcome.longestWait),
      count(Math.max(...outcome.backlog)),
      count(outcome.calls),
      count(outcome.lost),
      ((outcome.deliveries * dollarsPerMillion[delivery]) / 1e6).toFixed(2),
    ]),
  );
}

export interface Plot {
  readonly file: string;
  readonly svg: string;
}

export function scalePlots(cases: readonly Case[]): readonly Plot[] {
  const of = (file: string, kind: string, title: string): Plot => {
    const curves = wayNames.map((way) => {
      const found = cases.find((one) => one.subscribers === 1e7 && one.kind === kind && one.way === way);
      return { name: way, values: found?.outcome.backlog ?? [] };
    });
    return { file, svg: plotOf(title, curves) };
  };
  return [
    of(
      'scale-outage.svg',
      'the same with an outage',
      'Events that wait: 10 M subscribers, an ordinary day, Stripe down from 1:00 to 2:00',
    ),
    of(
      'scale-first-of-month.svg',
      'the first of the month',
      'Events that wait: 10 M subscribers, the first of the month',
    ),
  ];
}

function duration(seconds: number): string {
  if (seconds < MINUTE) return `${seconds} s`;
  return seconds < HOUR ? `${Math.round(seconds / MINUTE)} min` : `${(seconds / HOUR).toFixed(1)} h`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
