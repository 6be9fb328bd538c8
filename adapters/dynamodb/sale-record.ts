/** Records in a user's row that the checkout has offered something that is bought once. */
import type { SaleRecord } from '../../core/purchase/sale-record.ts';
import type { EntitlementTable } from './entitlement-store.ts';

export function createSaleRecord({ client, tableName: TableName }: EntitlementTable): SaleRecord {
  return {
    noteSale: async (sub, nowSeconds) => {
      const result = await client.updateIf('note sale', {
        TableName,
        Key: { cognito_sub: sub },
        UpdateExpression: 'SET #since = if_not_exists(#since, :now)',
        // An update creates a missing item, which would restore a deleted user.
        ConditionExpression: 'attribute_exists(cognito_sub)',
        ExpressionAttributeNames: { '#since': 'sold_once_since' },
        ExpressionAttributeValues: { ':now': nowSeconds },
      });
      return result !== 'condition_failed';
    },
  };
}
