/** What a role's policies allow, held against what its function needs: action by action and resource by resource. Pure. */
import { isRecord } from '../../core/system/record.ts';

export interface RoleFacts {
  readonly role: string;
  readonly grants: readonly Grant[];
  readonly needs: readonly Need[];
}

/** One statement of a policy. What it excepts (`NotAction`, `NotResource`) counts as everything. */
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
  /** An ARN; what stands behind its resource's own name, such as a stream of a log group, is part of it. */
  readonly resource: string;
  /** May be there, and may be absent. */
  readonly optional?: true;
}

export interface Excess {
  readonly policy: Policy;
  /** `dynamodb:* on *` */
  readonly grants: readonly string[];
  /** Without that policy the function lacks nothing. */
  readonly whole: boolean;
}

/** Statements of a policy document, in whichever of the forms that IAM allows. */
export function grantsIn(document: unknown, policy: Policy): readonly Grant[] {
  const statements = listOf(isRecord(document) ? document['Statement'] : undefined).filter(isRecord);
  return statements.map((statement) => ({
    effect: statement['Effect'] === 'Deny' ? 'Deny' : 'Allow',
    actions: statement['NotAction'] === undefined ? textsOf(statement['Action']) : ['*'],
    resources: statement['NotResource'] === undefined ? textsOf(statement['Resource']) : ['*'],
    policy,
  }));
}

export function lackingIn({ grants, needs }: RoleFacts): readonly Need[] {
  const hits = (effect: Grant['effect'], need: Need) =>
    grants.some(
      (grant) =>
        grant.effect === effect &&
        grant.actions.some((action) => covers(action.toLowerCase(), need.action.toLowerCase())) &&
        grant.resources.some((resource) => names(resource, need) || covers(resource, need.resource)),
    );
  return needs.filter((need) => need.optional !== true && (!hits('Allow', need) || hits('Deny', need)));
}

/** What is allowed and not needed, by the policy that allows it. */
export function excessIn(facts: RoleFacts): readonly Excess[] {
  const policies = new Map(facts.grants.map(({ policy }) => [JSON.stringify(policy), policy]));
  return [...policies].flatMap(([key, policy]) => {
    const own = facts.grants.filter((grant) => JSON.stringify(grant.policy) === key);
    const needless = own.flatMap((grant) => needlessIn(grant, facts.needs));
    return needless.length === 0
      ? []
      : [{ policy, grants: [...new Set(needless)], whole: isNeedless(own, facts) }];
  });
}

function needlessIn({ effect, actions, resources }: Grant, needs: readonly Need[]): readonly string[] {
  if (effect === 'Deny') return [];
  return actions.flatMap((action) =>
    resources
      .filter((resource) => !isNeeded(action, resource, needs))
      .map((resource) => `${action} on ${shortArn(resource)}`),
  );
}

/** A function may live on a wildcard: taking that away would stop it. And what is denied was denied on purpose. */
function isNeedless(policy: readonly Grant[], facts: RoleFacts): boolean {
  if (policy.some(({ effect }) => effect === 'Deny')) return false;
  const without = { ...facts, grants: facts.grants.filter((grant) => !policy.includes(grant)) };
  return lackingIn(without).length === lackingIn(facts).length;
}

/** `table/NAME`: service, region and account stand in the action and the stage. */
export function shortArn(arn: string): string {
  return arn.startsWith('arn:') ? arn.split(':').slice(5).join(':') : arn;
}

/** Exactly what is needed: a wildcard allows it too, and more. */
function isNeeded(action: string, resource: string, needs: readonly Need[]): boolean {
  return needs.some((need) => need.action.toLowerCase() === action.toLowerCase() && names(resource, need));
}

/** Secrets Manager adds six characters to a name, which policies leave open; a log group's streams stand behind it. */
function names(resource: string, need: Need): boolean {
  return bare(resource) === bare(need.resource);
}

function bare(arn: string): string {
  if (arn.includes(':secretsmanager:')) return arn.replace(/-(?:\*|\?{6}|[A-Za-z0-9]{6})$/, '');
  if (arn.includes(':logs:')) return arn.replace(/:\*$|:log-stream:\*$/, '');
  return arn;
}

/** IAM's wildcards: `*` for any text, `?` for one character. */
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
