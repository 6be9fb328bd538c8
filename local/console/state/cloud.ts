/** What the console knows about the cloud, kept current by its server-sent events. */
import { signal } from '@preact/signals';
import {
  type ClockView,
  CONTROL_PREFIX,
  type ControlEvent,
  type Fault,
  type Overview,
  type ScenarioRun,
} from '../../control/contract.ts';
import { control } from '../api.ts';

export const overview = signal<Overview | null>(null);
/** `lost`: the cloud has stopped, or a connection to it is being made again. */
export const connection = signal<'opening' | 'open' | 'lost'>('opening');
export const clock = signal<ClockView | null>(null);
export const faults = signal<readonly Fault[]>([]);
export const scenarioRuns = signal<readonly ScenarioRun[]>([]);

type Listener = (event: ControlEvent) => void;
const listeners = new Set<Listener>();

/** Calls the listener with each event of the cloud. Returns how to stop that. */
export function onControlEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const eventKinds: readonly ControlEvent['kind'][] = [
  'span',
  'changed',
  'clock',
  'faults',
  'scenario',
  'reset',
];

/** Connects for as long as the page is open. The browser connects again by itself. */
export function connect(): void {
  const source = new EventSource(`${CONTROL_PREFIX}/events`);
  source.addEventListener('open', () => {
    const isAgain = connection.peek() === 'lost';
    connection.value = 'open';
    void readOverview();
    // Whatever happened in between was missed.
    if (isAgain) dispatch({ kind: 'reset' });
  });
  source.addEventListener('error', () => {
    connection.value = 'lost';
  });
  for (const kind of eventKinds) {
    source.addEventListener(kind, ({ data }: MessageEvent<string>) => {
      dispatch(JSON.parse(data) as ControlEvent);
    });
  }
}

function dispatch(event: ControlEvent): void {
  if (event.kind === 'clock') clock.value = event.clock;
  if (event.kind === 'faults') faults.value = event.faults;
  if (event.kind === 'scenario') keepRun(event.run);
  if (event.kind === 'reset') void readOverview();
  for (const listener of listeners) listener(event);
}

function keepRun(run: ScenarioRun): void {
  const others = scenarioRuns.peek().filter(({ runId }) => runId !== run.runId);
  scenarioRuns.value = [...others, run].slice(-RUNS_KEPT);
}

const RUNS_KEPT = 20;

export async function readOverview(): Promise<void> {
  try {
    const read = await control<Overview>('');
    overview.value = read;
    clock.value = read.clock;
    faults.value = read.faults;
  } catch {
    // The events say when the cloud answers again, and the frame shows that it does not.
  }
}

/** The cloud's clock now, in Unix milliseconds. */
export function nowMs(): number {
  return Date.now() + (clock.value?.aheadMs ?? 0);
}
