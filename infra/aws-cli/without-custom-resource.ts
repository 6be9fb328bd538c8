/**
 * Removes the custom resource that adds the trigger to an existing pool, with its function, role and log group. In a
 * CLI deployment, `npm run pool:trigger` does the same with the shell's credentials.
 */
import type { Template, TemplateResource } from './template.ts';

export function withoutCustomResource(template: Template): Template {
  const entries = Object.entries(template.Resources);
  const customResource = entries.find(([, { Type }]) => Type === 'Custom::PoolTrigger');
  if (customResource === undefined) return template;
  const writer = idIn(customResource[1].Properties['ServiceToken']);
  const { Role, LoggingConfig } = template.Resources[writer]?.Properties ?? {};
  const role = idIn(Role);
  const own = new Set([
    customResource[0],
    writer,
    role,
    idIn((LoggingConfig as { LogGroup?: unknown })?.LogGroup),
  ]);
  const isPolicyOfIt = ({ Type, Properties }: TemplateResource): boolean =>
    Type === 'AWS::IAM::Policy' &&
    ((Properties['Roles'] ?? []) as readonly unknown[]).map(idIn).includes(role);
  return {
    Resources: Object.fromEntries(
      entries.filter(([id, resource]) => !own.has(id) && !isPolicyOfIt(resource)),
    ),
  };
}

/** Returns the id of the resource that a reference points to. */
function idIn(value: unknown): string {
  const { Ref, 'Fn::GetAtt': attribute } = (value ?? {}) as Record<string, unknown>;
  return typeof Ref === 'string' ? Ref : Array.isArray(attribute) ? String(attribute[0]) : '';
}
