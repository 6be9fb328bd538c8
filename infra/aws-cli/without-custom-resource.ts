/**
 * CloudFormation adds the trigger to an existing pool by a function of its own, with a role and a log. By hand a
 * command does the same with the credentials of the shell, so these are left out.
 */
import type { Template, TemplateResource } from './template.ts';

export function withoutCustomResource(template: Template): Template {
  const entries = Object.entries(template.Resources);
  const order = entries.find(([, { Type }]) => Type === 'Custom::PoolTrigger');
  if (order === undefined) return template;
  const writer = idIn(order[1].Properties['ServiceToken']);
  const { Role, LoggingConfig } = template.Resources[writer]?.Properties ?? {};
  const role = idIn(Role);
  const own = new Set([order[0], writer, role, idIn((LoggingConfig as { LogGroup?: unknown })?.LogGroup)]);
  const isPolicyOfIt = ({ Type, Properties }: TemplateResource): boolean =>
    Type === 'AWS::IAM::Policy' &&
    ((Properties['Roles'] ?? []) as readonly unknown[]).map(idIn).includes(role);
  return {
    Resources: Object.fromEntries(entries.filter(([id, one]) => !own.has(id) && !isPolicyOfIt(one))),
  };
}

/** Of what a reference refers to. */
function idIn(value: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute } = (value ?? {}) as Record<string, unknown>;
  return typeof Ref === 'string' ? Ref : Array.isArray(attribute) ? String(attribute[0]) : '';
}
