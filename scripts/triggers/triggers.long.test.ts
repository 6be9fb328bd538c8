/** The triggers of the Stripe CLI happen, but for those that the table names with a reason. */
import { expect, test } from 'vitest';
import { expectedReason, runTriggers } from './triggers.ts';

const TIMEOUT_MS = 600_000;
/** Of the 123 triggers that the CLI has. */
const FEWEST = 110;

test(
  'Every trigger of the Stripe CLI emits its event, except for those that are listed with a reason',
  async () => {
    const results = await runTriggers(() => undefined);
    const missing = results.filter(({ happens }) => !happens);
    expect(missing.filter(({ trigger }) => expectedReason(trigger) === undefined)).toEqual([]);
    expect(missing.every(({ reason }) => reason !== '')).toBe(true);
    const happening = results.filter(({ happens }) => happens);
    expect(happening.filter(({ trigger }) => expectedReason(trigger) !== undefined)).toEqual([]);
    expect(happening.length).toBeGreaterThanOrEqual(FEWEST);
  },
  TIMEOUT_MS,
);
