/** Measures a process that has answered many requests, in turns with one that only makes a raw call. */
import { type Batch, openWorker, type Worker } from './processes.ts';
import { ratiosOf, type Spread, spreadOf } from './statistics.ts';
import { eventsOf, type Subject } from './subjects.ts';

export interface WarmFigures {
  readonly name: string;
  /** CPU per request, against the raw call. */
  readonly cpuRatio: Spread;
  readonly cpuMs: Spread;
  /** One at a time. */
  readonly wallMs: Spread;
  readonly perSecond: Spread;
  /** As many at a time as `MANY` says. */
  readonly perSecondOfMany: Spread;
}

export interface WarmOptions {
  readonly rounds: number;
  /** The invocations of a round. */
  readonly requests: number;
  readonly node: string;
  readonly env: Readonly<Record<string, string>>;
  readonly raw: Subject;
}

/** Requests at a time. */
export const MANY = 32;
/** Until then, Node compiles what it has found to be used often. */
const WARM_UP_ROUNDS = 3;

export async function measureWarm(
  subjects: readonly Subject[],
  options: WarmOptions,
): Promise<readonly WarmFigures[]> {
  const figures: WarmFigures[] = [];
  for (const subject of subjects) figures.push(await measureOne(subject, options));
  return figures;
}

async function measureOne(subject: Subject, options: WarmOptions): Promise<WarmFigures> {
  const { rounds, requests, node, env, raw } = options;
  const open = ({ modulePath }: Subject) => openWorker({ node, modulePath, env });
  const [worker, base] = await Promise.all([open(subject), open(raw)]);
  const run = (one: Worker, of: Subject, concurrency = 1) => one.run(eventsOf(of, requests), concurrency);
  const batches: Batch[] = [];
  const bases: Batch[] = [];
  const ofMany: Batch[] = [];
  try {
    for (let round = 0; round < Math.min(WARM_UP_ROUNDS, rounds); round += 1) {
      await run(base, raw);
      await run(worker, subject, MANY);
    }
    for (let round = 0; round < rounds; round += 1) {
      bases.push(await run(base, raw));
      batches.push(await run(worker, subject));
      ofMany.push(await run(worker, subject, MANY));
    }
  } finally {
    worker.close();
    base.close();
  }
  const cpu = batches.map(({ cpuMs }) => cpuMs / requests);
  const baseCpu = bases.map(({ cpuMs }) => cpuMs / requests);
  const perSecond = ({ wallMs }: Batch) => (requests * 1000) / wallMs;
  return {
    name: subject.name,
    cpuRatio: ratiosOf(cpu, baseCpu),
    cpuMs: spreadOf(cpu),
    wallMs: spreadOf(batches.map(({ wallMs }) => wallMs / requests)),
    perSecond: spreadOf(batches.map(perSecond)),
    perSecondOfMany: spreadOf(ofMany.map(perSecond)),
  };
}

export interface MemoryFigures {
  readonly name: string;
  readonly requests: number;
  /** The heap after a collection, after a tenth of the requests and after all of them. */
  readonly earlyHeapMb: number;
  readonly lateHeapMb: number;
}

const BYTES_PER_MB = 1024 * 1024;
const BATCHES = 20;
/** Requests at a time: on a busy machine, more of them would exceed the time limits of the functions. */
const FEW = 8;

/** Shows whether a process that answers many requests keeps something of each. */
export async function measureMemory(subject: Subject, options: WarmOptions): Promise<MemoryFigures> {
  const worker = await openWorker({ ...options, modulePath: subject.modulePath });
  const heaps: number[] = [];
  try {
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const events = eventsOf(subject, Math.ceil(options.requests / BATCHES));
      heaps.push((await worker.run(events, FEW)).heapUsed / BYTES_PER_MB);
    }
  } finally {
    worker.close();
  }
  const [earlyHeapMb = 0, lateHeapMb = 0] = [heaps[BATCHES / 10 - 1], heaps.at(-1)];
  return { name: subject.name, requests: options.requests, earlyHeapMb, lateHeapMb };
}
