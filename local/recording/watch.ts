/** Watches every part of the local cloud: records spans, says what changed, and lets faults interfere. */
import type { Fault, Lane } from '../control/contract.ts';
import { createHub, type Hub } from '../control/hub.ts';
import { Faults } from '../faults/faults.ts';
import { type Callers, interferenceOf } from '../faults/interference.ts';
import { faultyServers } from '../faults/servers.ts';
import type { ObserveInvocation } from '../lambda/observer.ts';
import { type WatchDelivery, watchDeliveries } from './deliveries.ts';
import { apiDescription } from './describe/api.ts';
import { cognitoDescription } from './describe/cognito.ts';
import { dynamoDescription } from './describe/dynamodb.ts';
import { payerDescription } from './describe/payers.ts';
import { observeInvocations } from './invocations.ts';
import { type NewSpan, Recorder, type SpanEnd } from './recorder.ts';
import { type Description, type Tap, type TapOptions, tapped } from './tap.ts';

export interface Watch {
  readonly hub: Hub;
  readonly recorder: Recorder;
  readonly faults: Faults;
  /** All faults that can still be met, those of the simulators included. */
  readonly activeFaults: () => readonly Fault[];
  /** Shows every page which faults are active. */
  readonly publishFaults: () => void;
  /** Connects the faults that the simulators keep themselves, which start later. */
  faultsFrom(list: () => readonly Fault[]): void;
  readonly taps: Readonly<Record<'api' | 'cognito' | 'dynamodb' | 'stripe' | 'revenuecat', Tap>>;
  readonly observe: ObserveInvocation;
  readonly deliveries: Readonly<Record<'stripe' | 'revenuecat', WatchDelivery>>;
  /** Milliseconds by which the cloud's clock is ahead, as the functions read it. */
  readonly clockOffset: SharedArrayBuffer;
  aheadMs(): number;
  setAheadMs(ms: number): void;
  /** Connects the fault `kill` with the functions, which start later. */
  killWith(kill: (span: number) => void): void;
}

interface TapDeps {
  readonly recorder: Recorder;
  readonly faults: Faults;
  readonly callers: Callers;
  readonly changed: (lane: Lane, users: readonly string[]) => void;
}

function tapsOf({ recorder, faults, callers, changed }: TapDeps): Watch['taps'] {
  const tapFor = (description: Description, lane?: keyof typeof faultyServers): Tap => {
    const interference =
      lane === undefined ? undefined : interferenceOf(faultyServers[lane], faults, callers);
    const onEnd: TapOptions['onEnd'] = (end, begun) => {
      if (lane !== undefined && mayChange(end, begun)) changed(lane, end.subjects ?? []);
    };
    return (listener) => tapped(listener, { recorder, description, interference, onEnd });
  };
  return {
    api: tapFor(apiDescription),
    cognito: tapFor(cognitoDescription, 'cognito'),
    dynamodb: tapFor(dynamoDescription, 'dynamodb'),
    stripe: tapFor(payerDescription('stripe'), 'stripe'),
    revenuecat: tapFor(payerDescription('revenuecat'), 'revenuecat'),
  };
}

/** Reads change nothing. A request without an answer may have been carried out. */
function mayChange({ outcome }: SpanEnd, { kind, title }: NewSpan): boolean {
  return outcome !== 'refused' && kind !== 'read' && !title.startsWith('GET ');
}

export function createWatch(): Watch {
  const hub = createHub();
  const clockOffset = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT);
  const offset = new Float64Array(clockOffset);
  const aheadMs = () => offset[0] ?? 0;
  const recorder = new Recorder({
    clockMs: () => Date.now() + aheadMs(),
    onSpan: (span) => hub.publish({ kind: 'span', span }),
  });
  const changed = (lane: Lane, users: readonly string[]) => {
    hub.publish({ kind: 'changed', lanes: [lane], users: users.filter((id) => !id.startsWith('cus_')) });
  };
  let othersFaults: () => readonly Fault[] = () => [];
  const activeFaults = () => [...faults.list(), ...othersFaults()];
  const publishFaults = () => hub.publish({ kind: 'faults', faults: activeFaults() });
  const faults = new Faults(publishFaults);
  const invocations = observeInvocations(recorder);
  let kill = (_span: number): void => undefined;
  const callers: Callers = { nameOf: (span) => invocations.nameOf(span), kill: (span) => kill(span) };

  const taps = tapsOf({ recorder, faults, callers, changed });
  return {
    hub,
    recorder,
    faults,
    activeFaults,
    publishFaults,
    faultsFrom(list) {
      othersFaults = list;
    },
    taps,
    observe: (name, event) => invocations.observe(name, event),
    deliveries: {
      stripe: watchDeliveries(recorder, (subjects) => {
        changed('stripe', subjects);
        if (othersFaults().length > 0) publishFaults();
      }),
      revenuecat: watchDeliveries(recorder, (subjects) => changed('revenuecat', subjects)),
    },
    clockOffset,
    aheadMs,
    setAheadMs(ms) {
      offset[0] = ms;
      hub.publish({ kind: 'clock', clock: { clockMs: Date.now() + ms, aheadMs: ms } });
    },
    killWith(function_) {
      kill = function_;
    },
  };
}
