/** Hands out the resources of a template as calls, each once. */
import { callsFor } from './calls.ts';
import type { Call } from './step.ts';
import type { Resource } from './template.ts';

export class ResourceReader {
  #left: readonly Resource[];
  readonly #stage: string;

  constructor(resources: readonly Resource[], stage: string) {
    this.#left = resources;
    this.#stage = stage;
  }

  /** In the order of the types, and among one type in the template's. */
  ofTypes(...types: readonly string[]): readonly Call[] {
    return types.flatMap((type) => this.take((one) => one.type === type));
  }

  /** Of several resources that come to the same call, one call. */
  ofTypeWithoutDuplicates(type: string): readonly Call[] {
    const calls = new Map(this.ofTypes(type).map((call) => [JSON.stringify(call), call]));
    return [...calls.values()];
  }

  /** The log of the function with that whole name, its role with what it may do, and the function itself. */
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
    const taken = this.#left.filter(wanted);
    this.#left = this.#left.filter((one) => !taken.includes(one));
    return taken.flatMap((one) => callsFor(one, this.#stage));
  }

  /** Throws where something of the stack would be left out unnoticed. */
  assertAllRead(): void {
    const [first] = this.#left;
    if (first !== undefined) throw new Error(`No section holds ${first.id}, of ${first.type}`);
  }
}
