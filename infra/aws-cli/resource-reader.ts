/** Reads the resources of a template as calls, each resource once. */
import { callsFor } from './calls.ts';
import type { Call } from './step.ts';
import type { Resource } from './template.ts';

export class ResourceReader {
  #remaining: readonly Resource[];
  readonly #stage: string;

  constructor(resources: readonly Resource[], stage: string) {
    this.#remaining = resources;
    this.#stage = stage;
  }

  /** Returns resources in the order of the given types; resources of one type keep the template's order. */
  ofTypes(...types: readonly string[]): readonly Call[] {
    return types.flatMap((type) => this.take((resource) => resource.type === type));
  }

  /** Returns one call for resources that translate to the same call. */
  ofTypeWithoutDuplicates(type: string): readonly Call[] {
    const calls = new Map(this.ofTypes(type).map((call) => [JSON.stringify(call), call]));
    return [...calls.values()];
  }

  /** Returns the calls for the named function: its log group, its role with its policy, and the function itself. */
  ofFunction(name: string): readonly Call[] {
    return [
      ...this.take(({ type, properties }) => {
        return type === 'AWS::Logs::LogGroup' && properties['LogGroupName'] === `/aws/lambda/${name}`;
      }),
      ...this.take(({ type, properties }) => type === 'AWS::IAM::Role' && properties['RoleName'] === name),
      ...this.take(({ type, properties }) => {
        return type === 'AWS::IAM::Policy' && (properties['Roles'] as readonly string[]).includes(name);
      }),
      ...this.take(({ type, properties }) => {
        return type === 'AWS::Lambda::Function' && properties['FunctionName'] === name;
      }),
    ];
  }

  take(wanted: (resource: Resource) => boolean): readonly Call[] {
    const taken = this.#remaining.filter(wanted);
    this.#remaining = this.#remaining.filter((resource) => !taken.includes(resource));
    return taken.flatMap((resource) => callsFor(resource, this.#stage));
  }

  /** Throws if a resource of the stack has not been read. */
  assertAllRead(): void {
    const [first] = this.#remaining;
    if (first !== undefined)
      throw new Error(
        `No section contains ${first.id} (${first.type}). Add it in infra/aws-cli/sections.ts.`,
      );
  }
}
