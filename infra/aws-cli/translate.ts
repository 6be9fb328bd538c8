/** Helpers shared by the translations of resources into calls. */
import { type Call, textIn, type Value } from './step.ts';

export type Properties = Readonly<Record<string, Value>>;

/** Translates the properties of a resource into the calls that create it. */
export type Translate = (properties: Properties, stage: string) => readonly Call[];

/** Returns the name after the last colon or slash of an ARN. */
export const nameIn = (arn: Value | undefined): string => textIn(arn).replace(/^.*[:/]/, '');

/** Returns a name without the prefix that all names of a stage share. */
export const shortName = (name: Value | undefined, stage: string): string =>
  nameIn(name).replace(`predixa-${stage}-`, '');

export function pick(from: Properties, ...names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = from[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export function without(from: Properties, ...names: readonly string[]): Record<string, Value> {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name)));
}
