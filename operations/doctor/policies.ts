/** Compares what a role's policies allow with what its function needs, per action and resource. Pure. */
import { isRecord } from '../../core/system/record.ts';

export interface RoleFacts {
  readonly role: string;
  readonly grants: readonly Grant[];
  readonly needs: readonly Need[];
}

/** One statement of a policy. `NotAction` and `NotResource` count as all actions and all resources. */
export interface Grant {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly policy: Policy;
}

export type Policy =
  | { readonly kind: 'inline'; readonly name: string }
  | { readonly kind: 'attached'; readonly arn: string };

export interface Need {
  readonly action: string;
  /** An ARN. It includes sub-resources, such as the streams of a log group. */
  readonly resource: string;
  /** Allowed but not required. */
  readonly optional?: true;
}

export interface Excess {
  readonly policy: Policy;
  /** Such as `dynamodb:* on *`. */
  readonly grants: readonly string[];
  /** Whether the whole policy can be removed without the function losing a needed permission. */
  readonly whole: boolean;
}

/** Returns the statements of a policy document, in any form that IAM accepts. */
export function grantsIn(document: unknown, policy: Policy): readonly Grant[] {
  const statements = listOf(isRecord(document) ? document['Statement'] : undefined).filter(isRecord);
  return statements.map((statement) => ({
    effect: statement['Effect'] === 'Deny' ? 'Deny' : 'Allow',
    actions: statement['NotAction'] === undefined ? textsOf(statement['Action']) : ['*'],
    resources: statement['NotResource'] === undefined ? textsOf(statement['Resource']) : ['*'],
    policy,
  }));
}

export function missingPermissions({ grants, needs }: RoleFacts): readonly Need[] {
  const matches = (effect: Grant['effect'], need: Need) =>
    grants.some(
      (grant) =>
        grant.effect === effect &&
        grant.actions.some((action) => covers(action.toLowerCase(), need.action.toLowerCase())) &&
        grant.resources.some((resource) => names(resource, need) || covers(resource, need.resource)),
    );
  return needs.filter((need) => need.optional !== true && (!matches('Allow', need) || matches('Deny', need)));
}

/** Returns what is allowed but not needed, grouped by policy. */
export function excessPermissions(facts: RoleFacts): readonly Excess[] {
  const policies = new Map(facts.grants.map(({ policy }) => [JSON.stringify(policy), policy]));
  return [...policies].flatMap(([key, policy]) => {
    const own = facts.grants.filter((grant) => JSON.stringify(grant.policy) === key);
    const needless = own.flatMap((grant) => excessGrants(grant, facts.needs));
    return needless.length === 0
      ? []
      : [{ policy, grants: [...new Set(needless)], whole: isRemovable(own, facts) }];
  });
}

function excessGrants({ effect, actions, resources }: Grant, needs: readonly Need[]): readonly string[] {
  if (effect === 'Deny') return [];
  return actions.flatMap((action) =>
    resources
      .filter((resource) => !isNeeded(action, resource, needs))
      .map((resource) => `${action} on ${shortArn(resource)}`),
  );
}

/** Returns whether a policy can be removed. One with a `Deny` is kept, and so is one that the function depends on. */
function isRemovable(policy: readonly Grant[], facts: RoleFacts): boolean {
  if (policy.some(({ effect }) => effect === 'Deny')) return false;
  const without = { ...facts, grants: facts.grants.filter((grant) => !policy.includes(grant)) };
  return missingPermissions(without).length === missingPermissions(facts).length;
}

/** Shortens an ARN to its resource, such as `table/NAME`. */
export function shortArn(arn: string): string {
  return arn.startsWith('arn:') ? arn.split(':').slice(5).join(':') : arn;
}

/** Returns whether the action and the resource are exactly a need. A wildcard is not, because it allows more. */
function isNeeded(action: string, resource: string, needs: readonly Need[]): boolean {
  return needs.some((need) => need.action.toLowerCase() === action.toLowerCase() && names(resource, need));
}

/** Returns whether the ARNs name the same resource, apart from a secret's suffix and a log group's streams. */
function names(resource: string, need: Need): boolean {
  return bare(resource) === bare(need.resource);
}

function bare(arn: string): string {
  if (arn.includes(':secretsmanager:')) return arn.replace(/-(?:\*|\?{6}|[A-Za-z0-9]{6})$/, '');
  if (arn.includes(':logs:')) return arn.replace(/:\*$|:log-stream:\*$/, '');
  return arn;
}

/** Matches IAM's wildcards: `*` for any text, `?` for one character. */
function covers(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
}

function textsOf(value: unknown): readonly string[] {
  return listOf(value).map(String);
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
