/** Reads whether a function's resource policy allows a user pool to invoke it. Pure. */
import { isRecord } from '../../core/system/record.ts';

const COGNITO = 'cognito-idp.amazonaws.com';
const invocation = new Set(['lambda:InvokeFunction', 'lambda:*', '*']);

/** `policy`: the JSON text that AWS returns. A permission for another pool does not count. */
export function mayCall(policy: unknown, poolArn: string): boolean {
  if (typeof policy !== 'string') return false;
  const document: unknown = JSON.parse(policy);
  const statements = listOf(isRecord(document) ? document['Statement'] : undefined).filter(isRecord);
  return statements.some(({ Effect, Principal, Action, Condition }) => {
    const principals = listOf(isRecord(Principal) ? Principal['Service'] : Principal);
    const calls = listOf(Action).some((action) => invocation.has(String(action)));
    return Effect === 'Allow' && principals.includes(COGNITO) && calls && isFor(Condition, poolArn);
  });
}

/** Returns whether the condition `{"ArnLike": {"AWS:SourceArn": …}}` covers the pool. Without it, any pool may call. */
function isFor(condition: unknown, poolArn: string): boolean {
  const limits = Object.values(isRecord(condition) ? condition : {})
    .filter(isRecord)
    .flatMap((condition) => Object.entries(condition))
    .filter(([key]) => key.toLowerCase() === 'aws:sourcearn');
  return limits.every(([, arns]) =>
    listOf(arns).some((arn) => {
      const source = String(arn)
        .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*');
      return new RegExp(`^${source}$`).test(poolArn);
    }),
  );
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
