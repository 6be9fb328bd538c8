/** The routes of faults: some are met at the servers of the cloud, others in Stripe's simulator. */
import { readFault, UnknownFaultError } from '../../faults/faults.ts';
import type { Watch } from '../../recording/watch.ts';
import type { StripeTrouble } from '../../stripe/start.ts';
import type { Fault } from '../contract.ts';
import { ControlRefusal, type ControlRoute } from '../routes.ts';

export interface FaultDeps {
  readonly watch: Watch;
  readonly trouble: StripeTrouble;
}

export interface FaultRouteDeps extends FaultDeps {
  /** Whether a scenario runs, which sets faults of its own. */
  readonly isBusy: () => boolean;
}

export function faultRoutes(deps: FaultRouteDeps): readonly ControlRoute[] {
  const { watch } = deps;
  return [
    { method: 'GET', path: '/faults', run: () => ({ faults: watch.activeFaults() }) },
    {
      method: 'POST',
      path: '/faults',
      run: ({ body }) => {
        if (deps.isBusy()) {
          throw new ControlRefusal(
            409,
            'A scenario is running, and a fault would change its story. Wait for its end.',
          );
        }
        addFault(deps, faultOf(body));
        return { faults: watch.activeFaults() };
      },
    },
    {
      method: 'DELETE',
      path: '/faults',
      run: () => {
        endFaults(deps);
        return { faults: watch.activeFaults() };
      },
    },
  ];
}

function faultOf(body: Readonly<Record<string, unknown>>): Omit<Fault, 'hits'> {
  try {
    return readFault(body);
  } catch (error) {
    if (error instanceof UnknownFaultError) throw new ControlRefusal(400, error.message, { cause: error });
    throw error;
  }
}

export function addFault({ watch, trouble }: FaultDeps, fault: Omit<Fault, 'hits'>): void {
  switch (fault.system) {
    case 'webhooks':
      trouble.addFault('deliveries', {
        fault: fault.fault,
        match: fault.match,
        count: fault.count,
        ms: fault.ms,
      });
      break;
    case 'cards':
      trouble.declineNextPayments(fault.count ?? MAX_DECLINES);
      break;
    default:
      watch.faults.add(fault);
  }
  watch.publishFaults();
}

export function endFaults({ watch, trouble }: FaultDeps): void {
  watch.faults.clear();
  trouble.clearFaults();
  watch.publishFaults();
}

const MAX_DECLINES = 10_000;

/** The faults that Stripe's simulator keeps, and that can still be met. */
export function faultsOfStripe(trouble: StripeTrouble): readonly Fault[] {
  const deliveries = trouble
    .faults()
    .filter(({ area, count, hits }) => area === 'deliveries' && (count === null || hits < count))
    .map(({ fault, match, count, ms, hits }) => ({
      system: 'webhooks' as const,
      fault: fault as Fault['fault'],
      match,
      count,
      ms,
      hits,
    }));
  const left = trouble.declinesLeft();
  if (left === 0) return deliveries;
  const count = left > MAX_DECLINES / 2 ? null : left;
  return [...deliveries, { system: 'cards', fault: 'decline', match: '*', count, ms: 1, hits: 0 }];
}
