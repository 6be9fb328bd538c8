/** Renders results as Markdown tables, which are readable in a terminal too. */
import type { Results } from './run.ts';
import type { Spread } from './statistics.ts';
import { table } from './table.ts';
import { MANY } from './warm.ts';

const ratio = ({ median, low, high }: Spread) =>
  `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
const ms = ({ median }: Spread) => `${median.toFixed(median < 10 ? 2 : 0)} ms`;
const whole = ({ median }: Spread) => median.toFixed(0);
const range = ({ median, low, high }: Spread) =>
  low === high ? String(median) : `${median} (${low} to ${high})`;
const kib = (bytes: number) => `${(bytes / 1024).toFixed(0)} KiB`;

export function reportOf(results: Results): string {
  const { machine } = results;
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Node ${machine.node} on ${machine.platform}, ${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, load ${machine.load.toFixed(1)}; ${versions.join(', ')}; ${machine.measuredAt.slice(0, 10)}.`,
    '### First answer of a new process, over TLS',
    coldTable(results),
    '### Warm requests',
    warmTable(results),
    '### Calls of one event',
    callsTable(results),
    '### The events of one payment at the same moment',
    burstTable(results),
    '### Bundles',
    sizesTable(results),
    '### Memory',
    memoryTable(results),
  ].join('\n\n');
}

function coldTable({ cold }: Results): string {
  return table(
    [
      'process',
      'start to answer, against raw',
      'CPU, against raw',
      'start to answer',
      'import',
      'CPU',
      'peak memory',
    ],
    cold.map((one) => [
      one.name,
      ratio(one.ratio),
      ratio(one.cpuRatio),
      ms(one.startToAnswerMs),
      ms(one.importMs),
      ms(one.cpuMs),
      `${whole(one.memoryMb)} MB`,
    ]),
  );
}

function warmTable({ warm }: Results): string {
  return table(
    ['process', 'CPU, against raw', 'CPU', 'time', 'per second', `per second, ${MANY} at a time`],
    warm.map((one) => [
      one.name,
      ratio(one.cpuRatio),
      ms(one.cpuMs),
      ms(one.wallMs),
      whole(one.perSecond),
      whole(one.perSecondOfMany),
    ]),
  );
}

function callsTable({ counts }: Results): string {
  return table(
    ['function', 'Stripe', 'DynamoDB', 'Cognito', 'RevenueCat'],
    counts.map(({ name, calls }) => [
      name,
      ...[calls.stripe, calls.dynamodb, calls.cognito, calls.revenuecat].map(String),
    ]),
  );
}

function burstTable({ bursts }: Results): string {
  return table(
    [
      'events, each in a process of its own',
      'answers of Stripe delayed by',
      'calls to Stripe',
      'to DynamoDB',
      'the last answer after',
    ],
    bursts.map((burst) => [
      String(burst.events),
      `${burst.stripeDelayMs} ms`,
      range(burst.stripeCalls),
      range(burst.dynamoDbCalls),
      ms(burst.longestMs),
    ]),
  );
}

function sizesTable({ sizes }: Results): string {
  return table(
    ['function', 'bundle', 'zip', 'packages'],
    sizes.map((size) => [
      size.name,
      kib(size.bytes),
      kib(size.zipBytes),
      size.packages.length === 0 ? 'none' : size.packages.join(', '),
    ]),
  );
}

function memoryTable({ memory }: Results): string {
  return table(
    ['function', 'requests', 'heap after a tenth of them', 'heap after all'],
    memory.map((one) => [
      one.name,
      String(one.requests),
      `${one.earlyHeapMb.toFixed(1)} MB`,
      `${one.lateHeapMb.toFixed(1)} MB`,
    ]),
  );
}
