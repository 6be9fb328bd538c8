/** Synthesizes the CloudFormation template of a configuration, and reads each function's permissions from it. */
import type { FunctionName } from '../../contract/functions.ts';
import type { StageConfig } from '../../infra/config.ts';
import { functionsOf } from '../../infra/functions.ts';
import { functionNameOf, logGroupNameOf } from '../../infra/names.ts';
import type { Resource as Permitted } from '../../infra/permissions.ts';
import { synthesizeTemplate } from '../../infra/stack/synthesize.ts';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
}

export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface Statement {
  readonly actions: readonly string[];
  /** A resource of infra/permissions.ts, one of two more, or the template's own text for any other. */
  readonly resource: Permitted | 'own_log_group' | 'dead_letters' | (string & {});
}

const cache = new Map<string, Template>();

export function synthesize(config: StageConfig, stage = 'test'): Template {
  const key = JSON.stringify([stage, config]);
  const template = cache.get(key) ?? (synthesizeTemplate({ stage, config }) as Template);
  cache.set(key, template);
  return template;
}

export function resourcesOf(
  template: Template,
  type: string,
): readonly (readonly [string, TemplateResource])[] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);
}

/** Returns the only resource of a type. Throws if there are several or none. */
export function theOnly(template: Template, type: string): TemplateResource {
  const [found, ...others] = resourcesOf(template, type);
  if (found === undefined || others.length > 0)
    throw new Error(`Expected exactly one resource of type ${type}`);
  return found[1];
}

export function functionIn(template: Template, name: FunctionName, stage = 'test'): TemplateResource {
  const FunctionName = functionNameOf(stage, name);
  const found = resourcesOf(template, 'AWS::Lambda::Function').find(
    ([, { Properties }]) => Properties['FunctionName'] === FunctionName,
  );
  if (found === undefined) throw new Error(`${FunctionName} is not in the template`);
  return found[1];
}

/** Returns everything that each function's role may do, one entry per statement and resource. */
export function statementsByFunction(
  template: Template,
  { config, stage = 'test' }: { readonly config: StageConfig; readonly stage?: string },
): Readonly<Partial<Record<FunctionName, readonly Statement[]>>> {
  const of = (name: FunctionName): readonly Statement[] => {
    const role = logicalIdIn(functionIn(template, name, stage).Properties['Role']);
    const arns = { ...arnsOf(template, config), ...ownLogGroup(template, logGroupNameOf(stage, name)) };
    return statementsOf(template, role).flatMap((statement) => flat(statement, arns));
  };
  return Object.fromEntries(functionsOf(config).map((name) => [name, of(name)]));
}

interface PolicyStatement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** Returns the statements of all inline and attached policies of a role. A managed policy counts as one statement. */
function statementsOf(template: Template, role: string): readonly PolicyStatement[] {
  const attached = resourcesOf(template, 'AWS::IAM::Policy')
    .map(([, { Properties }]) => Properties)
    .filter(({ Roles }) => (Roles as readonly unknown[]).map(logicalIdIn).includes(role));
  const own = template.Resources[role]?.Properties ?? {};
  const inline = (own['Policies'] ?? []) as readonly Readonly<Record<string, unknown>>[];
  const managed = (own['ManagedPolicyArns'] ?? []) as readonly unknown[];
  return [
    ...[...attached, ...inline].flatMap(
      ({ PolicyDocument }) => (PolicyDocument as { Statement: readonly PolicyStatement[] }).Statement,
    ),
    ...managed.map((arn) => ({ Effect: 'Allow', Action: 'managed policy', Resource: arn })),
  ];
}

function flat(
  { Effect, Action, Resource }: PolicyStatement,
  arns: Readonly<Record<string, string>>,
): readonly Statement[] {
  const actions = [Action].flat().map((action) => (Effect === 'Allow' ? action : `${Effect} ${action}`));
  return [Resource].flat().map((resource) => {
    const text = textOf(resource);
    const known = Object.entries(arns).find(([end]) => text.endsWith(end));
    return { actions, resource: known?.[1] ?? text };
  });
}

/** Maps the ends of ARNs to resources. Resources of the stack are named by their logical ids. */
function arnsOf(template: Template, { tables, secrets, pool }: StageConfig): Record<string, string> {
  const arns: Record<string, string> = {
    [`:table/${tables.users.name}`]: 'users_table',
    [`:table/${tables.entitlements.name}`]: 'entitlements_table',
    [`:secret:${secrets.stripeApiKey}-??????`]: 'stripe_api_key',
    [`:secret:${secrets.stripeWebhookSecret}-??????`]: 'stripe_webhook_secret',
    [`:secret:${secrets.revenueCatApiKey}-??????`]: 'revenuecat_api_key',
    [`:secret:${secrets.revenueCatWebhookSecret}-??????`]: 'revenuecat_webhook_secret',
    [`:secret:${secrets.trialHashKey}-??????`]: 'trial_hash_key',
  };
  if (pool.kind === 'existing') arns[`:userpool/${pool.userPoolId}`] = 'user_pool';
  for (const [id] of resourcesOf(template, 'AWS::Cognito::UserPool')) arns[`{${id}.Arn}`] = 'user_pool';
  for (const [id, { Properties }] of resourcesOf(template, 'AWS::SQS::Queue')) {
    const isEvents = String(Properties['QueueName']).endsWith('-stripe-events.fifo');
    arns[`{${id}.Arn}`] = isEvents ? 'event_queue' : 'dead_letters';
  }
  return arns;
}

function ownLogGroup(template: Template, name: string): Record<string, string> {
  const own = resourcesOf(template, 'AWS::Logs::LogGroup').filter(
    ([, { Properties }]) => Properties['LogGroupName'] === name,
  );
  return Object.fromEntries(own.map(([id]) => [`{${id}.Arn}`, 'own_log_group']));
}

/** Renders a value of the template as text, with references in braces. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': joined } = (value ?? {}) as Record<string, unknown>;
  if (typeof Ref === 'string') return `{${Ref}}`;
  if (Array.isArray(attribute)) return `{${attribute.join('.')}}`;
  if (Array.isArray(joined)) return (joined[1] as readonly unknown[]).map(textOf).join(String(joined[0]));
  return JSON.stringify(value);
}

export function logicalIdIn(value: unknown): string {
  return /^\{(?<id>\w+)/.exec(textOf(value))?.groups?.['id'] ?? '';
}
