/** What an installation remembers: whether its adoption is complete, and whose objects it ended without a request. */
import type { AdoptionRecord, EndingLedger } from '../../core/gate/limit.ts';
import type { Network } from '../engine/invocation.ts';
import type { Installation } from '../world.ts';

export function adoptionOf(installation: Installation, network: Network): AdoptionRecord {
  return {
    isComplete: () => network.call('dynamodb', 'read adoption', () => installation.adopted),
    complete: () =>
      network.call('dynamodb', 'record adoption', () => {
        installation.adopted = true;
      }),
  };
}

export function ledgerOf({ endings }: Installation, network: Network): EndingLedger {
  const since = (seconds: number) => [...endings].filter(([, at]) => at >= seconds).map(([sub]) => sub);
  return {
    recentUsers: (sinceSeconds) => network.call('dynamodb', 'read endings', () => since(sinceSeconds)),
    reserve: (sub, { nowSeconds, windowSeconds, atMost }) =>
      network.call('dynamodb', 'reserve ending', () => {
        const others = since(nowSeconds - windowSeconds).filter((other) => other !== sub);
        if (others.length >= atMost) return 'limit_reached';
        endings.set(sub, nowSeconds);
        return 'reserved';
      }),
  };
}
