/** What a row knows of one-time sales before anything is paid, in memory. */
import type { SaleRecord } from '../../core/purchase/sale-record.ts';
import type { Network } from '../engine/invocation.ts';
import type { DynamoDbWorld } from './dynamodb.ts';

export function saleRecordOf({ entitlements }: DynamoDbWorld, network: Network): SaleRecord {
  return {
    noteSale: (sub, nowSeconds) =>
      network.call('dynamodb', 'note sale', () => {
        const row = entitlements.get(sub);
        if (row === undefined) return false;
        entitlements.set(sub, { ...row, soldOnceSince: row.soldOnceSince ?? nowSeconds });
        return true;
      }),
  };
}
