/** Records the functions of a build, and measures them next to what they are compared with. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeCertificate } from './certificate.ts';
import { type ColdFigures, measureCold } from './cold.ts';
import { type BurstFigures, countsOf, measureBurst, type NamedCounts } from './counts.ts';
import { environmentOf } from './environment.ts';
import { describeMachine, type Machine } from './machine.ts';
import { type Build, record } from './record.ts';
import type { Recording } from './recording.ts';
import { buildReferences } from './references.ts';
import { openReplay, type ReplayProcess } from './replay-process.ts';
import { type ScenarioName, scenarioNames, stockShop } from './scenarios.ts';
import { type Size, sizesIn } from './sizes.ts';
import { functionsOf, programNamed, type Subject } from './subjects.ts';
import {
  type MemoryFigures,
  measureMemory,
  measureWarm,
  type WarmFigures,
  type WarmOptions,
} from './warm.ts';
import { openWorld, type World } from './world.ts';

export interface Results {
  readonly machine: Machine;
  readonly sizes: readonly Size[];
  readonly counts: readonly NamedCounts[];
  readonly cold: readonly ColdFigures[];
  readonly warm: readonly WarmFigures[];
  readonly bursts: readonly BurstFigures[];
  readonly memory: readonly MemoryFigures[];
}

export interface Extent {
  readonly coldRounds: number;
  readonly warmRounds: number;
  readonly warmRequests: number;
  readonly burstRounds: number;
  readonly burstEvents: number;
  readonly stripeDelaysMs: readonly number[];
  readonly memoryRequests: number;
  readonly functions: readonly ScenarioName[];
  /** Whether to measure the same jobs with the SDKs too. */
  readonly references: boolean;
}

export const fullExtent: Extent = {
  coldRounds: 15,
  warmRounds: 15,
  warmRequests: 300,
  burstRounds: 5,
  burstEvents: 12,
  stripeDelaysMs: [0, 100],
  memoryRequests: 20_000,
  functions: scenarioNames,
  references: true,
};

/** The functions that are called most. */
const busiest: ReadonlySet<string> = new Set(['entitlements-api', 'stripe-webhook']);

export async function runBench(
  build: Build,
  extent: Extent,
  progress: (step: string) => void = () => undefined,
): Promise<Results> {
  const machine = describeMachine(build.node);
  const world = await openWorld();
  try {
    await stockShop(world);
    progress('recording');
    const recordings = await record(build, world, extent.functions);
    progress('bursts');
    const bursts: BurstFigures[] = [];
    for (const stripeDelayMs of extent.stripeDelaysMs) {
      const options = { rounds: extent.burstRounds, events: extent.burstEvents, stripeDelayMs };
      bursts.push(await measureBurst(world, build, options));
    }
    return {
      machine,
      sizes: await sizesIn(build.directory),
      counts: recordings.map(countsOf),
      bursts,
      ...(await withReplay(recordings, (replay, certificateFile) =>
        measureTimes({ build, extent, recordings, world, replay, certificateFile, progress }),
      )),
    };
  } finally {
    await world.close();
  }
}

/** Returns what has a budget, without measuring a time. */
export async function countAndSize(build: Build): Promise<Pick<Results, 'sizes' | 'counts'>> {
  const world = await openWorld();
  try {
    await stockShop(world);
    const recordings = await record(build, world, scenarioNames);
    return { sizes: await sizesIn(build.directory), counts: recordings.map(countsOf) };
  } finally {
    await world.close();
  }
}

interface Measured {
  readonly build: Build;
  readonly extent: Extent;
  readonly recordings: readonly Recording[];
  readonly world: World;
  readonly replay: ReplayProcess;
  readonly certificateFile: string;
  readonly progress: (step: string) => void;
}

async function measureTimes(measured: Measured): Promise<Pick<Results, 'cold' | 'warm' | 'memory'>> {
  const { build, extent, recordings, world, replay, certificateFile, progress } = measured;
  const { node } = build;
  const functions = functionsOf(build, recordings);
  const references = extent.references ? await buildReferences(recordings) : [];
  const raw = programNamed('raw', recordings);
  const secure = environmentOf(replay.secure, world.projectId);
  progress('cold starts');
  const cold = await measureCold([programNamed('empty', recordings), raw, ...functions, ...references], {
    rounds: extent.coldRounds,
    node,
    env: { ...secure, NODE_EXTRA_CA_CERTS: certificateFile },
    raw,
  });
  const hot: readonly Subject[] = functions.filter(({ name }) => busiest.has(name));
  const options: WarmOptions = {
    rounds: extent.warmRounds,
    requests: extent.warmRequests,
    node,
    env: environmentOf(replay.plain, world.projectId),
    raw,
  };
  progress('warm requests');
  const warm = await measureWarm([raw, ...hot, ...references], options);
  progress('memory');
  const memory: MemoryFigures[] = [];
  for (const subject of extent.memoryRequests > 0 ? hot : []) {
    memory.push(await measureMemory(subject, { ...options, requests: extent.memoryRequests }));
  }
  await replay.assertAllKnown();
  return { cold, warm, memory };
}

async function withReplay<T>(
  recordings: readonly Recording[],
  use: (replay: ReplayProcess, certificateFile: string) => Promise<T>,
): Promise<T> {
  const certificate = makeCertificate(Date.now());
  const folder = await mkdtemp(path.join(tmpdir(), 'predixa-bench-'));
  const certificateFile = path.join(folder, 'certificate.pem');
  await writeFile(certificateFile, certificate.certificate);
  const replay = await openReplay({ recordings, certificate });
  try {
    return await use(replay, certificateFile);
  } finally {
    replay.close();
    await rm(folder, { recursive: true, force: true });
  }
}
