/** Builds entitlement rows as the store returns them. */
import { type EntitlementRow, emptyState, neverSynced } from '../../core/entitlement/row.ts';

export function row(overrides: Partial<EntitlementRow> = {}): EntitlementRow {
  return {
    ...emptyState,
    ...neverSynced,
    sub: 'user-1',
    features: null,
    updatedAt: null,
    fence: { version: 1 },
    ...overrides,
  };
}
