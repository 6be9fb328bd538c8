/** The routes of credit notes. */
import { checkCustomerFilter } from '../customers/customers.ts';
import { listPage, timeFilter } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import {
  createCreditNote,
  getCreditNote,
  previewCreditNote,
  updateCreditNote,
  voidCreditNote,
} from './credit-notes.ts';

function listCreditNotes(world: World, request: ApiRequest): object {
  const { params } = request;
  const customer = params.string('customer');
  checkCustomerFilter(world, customer);
  const invoice = params.string('invoice');
  const created = timeFilter(params, 'created');
  return listPage(request, world.store.creditNotes, {
    noun: 'credit_note',
    keep: (row) =>
      (customer === undefined || row.customer === customer) &&
      (invoice === undefined || row.invoice === invoice) &&
      created(row.created),
  });
}

export const creditNoteRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/credit_notes', operation: createCreditNote },
  { method: 'GET', path: '/v1/credit_notes', operation: listCreditNotes },
  { method: 'GET', path: '/v1/credit_notes/preview', operation: previewCreditNote },
  { method: 'GET', path: '/v1/credit_notes/:note', operation: (world, { id }) => getCreditNote(world, id) },
  { method: 'POST', path: '/v1/credit_notes/:note', operation: updateCreditNote },
  {
    method: 'GET',
    path: '/v1/credit_notes/:note/lines',
    operation: (world, { id }) => getCreditNote(world, id).lines,
  },
  { method: 'POST', path: '/v1/credit_notes/:note/void', operation: voidCreditNote },
];
