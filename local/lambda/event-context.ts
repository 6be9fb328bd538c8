/** Builds the context that Lambda would pass, for a function that runs in this process. */
import { randomUUID } from 'node:crypto';

export function eventContext(functionName: string, timeoutSeconds: number): unknown {
  const deadlineMs = Date.now() + timeoutSeconds * 1000;
  return {
    awsRequestId: randomUUID(),
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'invoke',
    memoryLimitInMB: '256',
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}
