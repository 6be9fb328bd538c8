import { describe, expect, it } from 'vitest';
import { type EntitlementRow, emptyState, neverSynced } from '../entitlement/row.ts';
import { beforeFeatures, includes, isReadAfter, type Seen, SYNC_MARGIN_SECONDS } from './includes.ts';
import type { SyncRequest } from './sync-request.ts';

const CHANGED_AT = 1_700_000_000;
const customerId = 'cus_1';
const row: EntitlementRow = {
  ...emptyState,
  ...neverSynced,
  sub: 'ann',
  unreadable: false,
  trialStartedAt: null,
  updatedAt: null,
  fence: { version: 1 },
  customerIds: [customerId],
};
const event: SyncRequest = {
  customerId,
  sub: 'ann',
  reassigned: false,
  formerSub: null,
  changedAt: CHANGED_AT,
  cause: { kind: 'stripe_event', id: 'evt_1' },
  customerDeleted: false,
  includesReversal: false,
  includesFeatures: false,
};
const aboutFeatures = { ...event, includesFeatures: true };
const nothing: Seen = { syncs: 0, beforeFeatures: new Set() };
const before = (...ids: readonly string[]): Seen => ({ syncs: 0, beforeFeatures: new Set(ids) });
const first = CHANGED_AT + SYNC_MARGIN_SECONDS + 1;

describe('A row includes a change', () => {
  it.each<[string, boolean, Partial<EntitlementRow>, SyncRequest, Seen]>([
    ['was never synced', false, {}, event, nothing],
    ['was synced later than the margin', true, { syncedAt: first }, event, nothing],
    ['was synced within the margin', false, { syncedAt: first - 1 }, event, nothing],
    ['keeps older features', false, { syncedAt: first }, aboutFeatures, nothing],
    ['has later features', true, { featuresSyncedAt: first }, aboutFeatures, nothing],
    ['has features from within the margin', false, { featuresSyncedAt: first - 1 }, aboutFeatures, nothing],
    ['has only later features', false, { featuresSyncedAt: first }, event, nothing],
    ['had two more syncs', true, { syncs: 2 }, event, nothing],
    ['had one more sync', false, { syncs: 1 }, event, nothing],
    ['had one more since it was seen', false, { syncs: 4 }, event, { ...nothing, syncs: 3 }],
    ['had two more, about features', false, { syncs: 2 }, aboutFeatures, nothing],
  ])('that %s: %s', (_, expected, fields, request, seen) => {
    expect(includes({ ...row, ...fields }, request, seen)).toBe(expected);
  });

  it.each<[string, Partial<EntitlementRow>, Partial<SyncRequest>]>([
    ['is provisional', { provisional: true }, {}],
    ['does not list the customer', { customerIds: ['cus_2'] }, {}],
    ['is asked for a reversal', {}, { includesReversal: true }],
    ['is asked for a re-assigned customer', {}, { reassigned: true }],
    ['is asked without a time', {}, { changedAt: null }],
  ])('in no case if it %s', (_, fields, request) => {
    const featuresRead = { by: 'other', customerIds: [customerId] };
    const synced = { ...row, syncedAt: first, featuresSyncedAt: first, syncs: 2, featuresRead };
    for (const one of [event, aboutFeatures]) {
      expect(includes(synced, one, before('other'))).toBe(true);
      expect(includes({ ...synced, ...fields }, { ...one, ...request }, before('other'))).toBe(false);
    }
  });

  it('only by its time if the features are lacking for now', () => {
    const unread = { ...row, syncs: 2, featuresUnread: true } as const;
    expect(includes(unread, event, nothing)).toBe(false);
    expect(isReadAfter({ ...unread, syncedAt: first }, event)).toBe(true);
  });

  it('of the features if a sync that was seen before its read of them has read them, of this customer', () => {
    const readBy = (by: string, ...customerIds: readonly string[]) => ({
      ...row,
      featuresRead: { by, customerIds },
    });
    expect(includes(readBy('other', customerId), aboutFeatures, before('other'))).toBe(true);
    expect(includes(readBy('other', 'cus_2'), aboutFeatures, before('other'))).toBe(false);
    expect(includes(readBy('third', customerId), aboutFeatures, before('other'))).toBe(false);
    expect(includes(row, aboutFeatures, before('other'))).toBe(false);
    expect(includes(readBy('other', customerId), event, before('other'))).toBe(false);
  });
});

describe('A sync that has not begun to read the features', () => {
  const lease = { id: 'other', sinceMs: 1 } as const;

  it.each<[string, string | undefined, Partial<EntitlementRow>]>([
    ['holds the lease', 'other', { lease }],
    ['is none without a lease', undefined, {}],
    ['is not one that has said so', undefined, { lease: { ...lease, readsFeatures: true } }],
    [
      'is not one whose features are in the row',
      undefined,
      { lease, featuresRead: { by: 'other', customerIds: [] } },
    ],
    ['may follow another one', 'other', { lease, featuresRead: { by: 'third', customerIds: [] } }],
  ])('%s: %s', (_, expected, fields) => {
    expect(beforeFeatures({ ...row, ...fields })).toBe(expected);
  });
});
