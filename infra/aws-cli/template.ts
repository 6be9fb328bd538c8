/** Reads the stack's CloudFormation template and replaces its references with shell variables. */
import { textIn, type Value, variable } from './step.ts';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

export interface Resource {
  readonly id: string;
  readonly type: string;
  /** The properties, with references resolved to texts with variables. */
  readonly properties: Readonly<Record<string, Value>>;
}

/** The values that references to a resource resolve to: its name or id, and its ARN. */
export interface ResourceNames {
  readonly ref: string;
  readonly arn?: string;
}

export type Naming = (
  id: string,
  resource: TemplateResource,
  resolve: (value: unknown) => Value,
) => ResourceNames;

/** Throws for a kind of reference that it does not know. */
export function readTemplate(template: Template, region: string, naming: Naming): readonly Resource[] {
  const resolve = (value: unknown): Value => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value as Value;
    const [[key, inner] = [], ...others] = Object.entries(value);
    if (others.length === 0 && key !== undefined) {
      if (key === 'Ref') return pseudo(String(inner), region) ?? named(String(inner)).ref;
      if (key === 'Fn::GetAtt') return attribute(inner as readonly string[]);
      if (key === 'Fn::Join') {
        const [separator, parts] = inner as readonly [string, readonly unknown[]];
        return parts.map((part) => textIn(resolve(part))).join(separator);
      }
      // The location of the code in the CDK's bucket. The CLI uploads a zip file instead.
      if (key === 'Fn::Sub') return String(inner);
    }
    return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, resolve(child)]));
  };
  const named = (id: string): ResourceNames => {
    const resource = template.Resources[id];
    if (resource === undefined) throw new Error(`The template refers to ${id}, but does not define it`);
    return naming(id, resource, resolve);
  };
  const attribute = ([id = '', name = '']: readonly string[]): string => {
    const { arn } = named(id);
    if (name !== 'Arn' || arn === undefined)
      throw new Error(`No value is known for the reference ${id}.${name}`);
    return arn;
  };
  return Object.entries(template.Resources).map(([id, { Type, Properties }]) => ({
    id,
    type: Type,
    properties: resolve(Properties) as Readonly<Record<string, Value>>,
  }));
}

function pseudo(name: string, region: string): string | undefined {
  const partition = region.startsWith('cn-') ? 'aws-cn' : 'aws';
  const known: Readonly<Record<string, string>> = {
    'AWS::AccountId': variable('ACCOUNT'),
    'AWS::Region': region,
    'AWS::Partition': partition,
    'AWS::URLSuffix': partition === 'aws' ? 'amazonaws.com' : 'amazonaws.com.cn',
  };
  return known[name];
}
