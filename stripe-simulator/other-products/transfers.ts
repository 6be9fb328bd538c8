/** Reverses transfers to connected accounts. */
import { mergeMetadata } from '../protocol/metadata.ts';
import type { ApiRequest } from '../protocol/route.ts';
import { invalidRequest } from '../protocol/stripe-error.ts';
import type { World } from '../world/world.ts';
import { transferKind } from './plain-kinds.ts';
import { getPlain, movePlain } from './plain-objects.ts';

export function reverseTransfer(world: World, { id, params }: ApiRequest): object {
  const transfer = getPlain(world, transferKind, id);
  const total = Number(transfer['amount']);
  const before = Number(transfer['amount_reversed']);
  const amount = params.integer('amount') ?? total - before;
  if (amount < 1 || amount > total - before) {
    throw invalidRequest({
      message: `Transfer reversal amount (${amount}) must be at least 1 and at most ${total - before}.`,
      param: 'amount',
    });
  }
  const reversed = before + amount;
  movePlain(world, transfer, {
    patch: { amount_reversed: reversed, reversed: reversed === total },
    event: 'transfer.reversed',
  });
  return {
    id: world.ids.next('trr_'),
    object: 'transfer_reversal',
    amount,
    balance_transaction: null,
    created: world.seconds(),
    currency: transfer['currency'],
    destination_payment_refund: null,
    metadata: mergeMetadata({}, params),
    source_refund: null,
    transfer: id,
  };
}
