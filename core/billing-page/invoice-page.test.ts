import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Listing, PAGE_SIZE, pageOf, parseCursor, queryAfter } from './invoice-page.ts';
import type { InvoiceQuery, ListedInvoice } from './ports.ts';

function listed(id: string, created: number, isDraft = false): ListedInvoice {
  const amounts = { total: 1, amount_paid: 1, amount_remaining: 0, currency: 'eur' };
  const links = { number: null, hosted_invoice_url: null, invoice_pdf: null };
  return { id, created, invoice: isDraft ? null : { id, created, status: 'paid', ...amounts, ...links } };
}

/** Lists as Stripe does. */
function list(all: readonly ListedInvoice[], { createdUntil, limit }: InvoiceQuery): Listing {
  const matching = all.filter(({ created }) => createdUntil === null || created <= createdUntil);
  const sorted = [...matching].sort((a, b) => b.created - a.created);
  return { entries: sorted.slice(0, limit), hasMore: sorted.length > limit };
}

describe('The pages of invoices', () => {
  it('show every invoice of every customer once, the newest first, and no draft', () => {
    const entry = fc.record({ created: fc.integer({ min: 1, max: 12 }), isDraft: fc.boolean() });
    const customers = fc.array(fc.array(entry, { maxLength: 45 }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(customers, (lists) => {
        const all = lists.map((entries, customer) =>
          entries.map(({ created, isDraft }, index) => listed(`in_${customer}_${index}`, created, isDraft)),
        );
        const seen = [];
        let cursor = null;
        for (let pages = 0; pages < 12; pages += 1) {
          const query = queryAfter(cursor);
          const page = pageOf(
            all.map((one) => list(one, query)),
            cursor,
          );
          expect(page.data.length).toBeLessThanOrEqual(PAGE_SIZE);
          expect(page.has_more).toBe(page.next_cursor !== null);
          seen.push(...page.data);
          if (page.next_cursor === null) break;
          cursor = parseCursor(page.next_cursor);
          expect(cursor).not.toBeNull();
        }
        const shown = all.flat().flatMap(({ invoice }) => (invoice === null ? [] : [invoice.id]));
        expect(seen.map(({ id }) => id).sort()).toEqual(shown.sort());
        const times = seen.map(({ created }) => created);
        expect(times).toEqual([...times].sort((a, b) => b - a));
      }),
      { numRuns: 60 },
    );
  });

  it('end where Stripe shows nothing that is new', () => {
    const cursor = { at: 5, seen: ['in_1'] };
    const page = pageOf([{ entries: [listed('in_1', 5)], hasMore: true }], cursor);
    expect(page).toEqual({ data: [], has_more: false, next_cursor: null });
  });

  it('ask Stripe for at most what it lists at once', () => {
    expect(queryAfter(null)).toEqual({ createdUntil: null, limit: 20 });
    expect(queryAfter({ at: 5, seen: Array.from({ length: 90 }, () => 'in_1') })).toEqual({
      createdUntil: 5,
      limit: 100,
    });
  });

  it.each(['', 'in_1', '5', '5.', '5.cus_1', '5.in_1.', '5.in_1,in_2', '-5.in_1', `5.in_${'1'.repeat(61)}`])(
    'do not begin at %j, which is no cursor',
    (text) => {
      expect(parseCursor(text)).toBeNull();
    },
  );

  it('begin after what was seen of the last second', () => {
    expect(parseCursor('5.in_1.in_2')).toEqual({ at: 5, seen: ['in_1', 'in_2'] });
  });
});
