/**
 * Deliberate defects. Each replaces one part that the use cases receive. If the simulation did not catch every one of
 * them, a run without violations would mean little.
 */
import { accountMutants } from './mutants/account.ts';
import { burstMutants } from './mutants/bursts.ts';
import { changeMutants } from './mutants/changes.ts';
import { customerIndexMutants } from './mutants/customer-index.ts';
import { decisionMutants } from './mutants/decisions.ts';
import { deletionMutants } from './mutants/deletion.ts';
import { endingMutants } from './mutants/endings.ts';
import { grantMutants } from './mutants/grants.ts';
import type { Mutant } from './mutants/mutant.ts';
import { noticeMutants } from './mutants/notices.ts';
import { oneTimeMutants } from './mutants/one-time.ts';
import { protocolMutants } from './mutants/protocol.ts';
import { purchaseMutants } from './mutants/purchases.ts';
import { queueMutants } from './mutants/queue.ts';
import { refundMutants } from './mutants/refunds.ts';
import { storeMutants } from './mutants/stores.ts';

export const mutants: readonly Mutant[] = [
  ...protocolMutants,
  ...burstMutants,
  ...accountMutants,
  ...deletionMutants,
  ...decisionMutants,
  ...purchaseMutants,
  ...changeMutants,
  ...oneTimeMutants,
  ...endingMutants,
  ...storeMutants,
  ...grantMutants,
  ...customerIndexMutants,
  ...queueMutants,
  ...noticeMutants,
  ...refundMutants,
];
