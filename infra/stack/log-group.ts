/** Creates log groups that delete their lines after the configured retention. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { StageConfig } from '../config.ts';

type Days = StageConfig['watch']['logRetentionDays'];

const retention: Readonly<Record<Days, RetentionDays>> = {
  1: RetentionDays.ONE_DAY,
  3: RetentionDays.THREE_DAYS,
  5: RetentionDays.FIVE_DAYS,
  7: RetentionDays.ONE_WEEK,
  14: RetentionDays.TWO_WEEKS,
  30: RetentionDays.ONE_MONTH,
  60: RetentionDays.TWO_MONTHS,
  90: RetentionDays.THREE_MONTHS,
  180: RetentionDays.SIX_MONTHS,
  365: RetentionDays.ONE_YEAR,
};

export interface LogGroupOptions {
  readonly name: string;
  readonly retentionDays: Days;
}

/** Creates a log group that is deleted with the stack. A log group left behind would block the next deployment. */
export function logGroup(scope: Construct, id: string, { name, retentionDays }: LogGroupOptions): LogGroup {
  return new LogGroup(scope, id, {
    logGroupName: name,
    retention: retention[retentionDays],
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
