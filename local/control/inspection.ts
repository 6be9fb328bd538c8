/** Compares the systems by the product's own checks: runs the built inspector as a function of this cloud. */
import { isJsonObject } from '../http/body.ts';
import type { LambdaRuntime } from '../lambda/runtime.ts';
import { ControlRefusal } from './routes.ts';

/** What the inspector answers about one finding. */
export interface InspectorFinding {
  readonly reason: string;
  readonly subjectId: string;
  readonly sub: string | null;
  readonly outcome: string;
  readonly planned?: string;
  readonly meaning: string;
}

export interface Inspection {
  readonly checked: number;
  readonly findings: readonly InspectorFinding[];
}

export interface Inspector {
  /** Compares all users, or one. Changes nothing. */
  compare(sub?: string): Promise<Inspection>;
  /** Repairs what it finds about these users, or about everything. */
  repair(subs: readonly string[] | 'all'): Promise<Inspection>;
}

export const INSPECTOR = 'inspector';

export function createInspector(lambda: Pick<LambdaRuntime, 'invoke'>): Inspector {
  const run = async (event: object): Promise<Inspection> => {
    const result = await lambda.invoke(INSPECTOR, event);
    if (result.ok && isJsonObject(result.payload)) return result.payload as unknown as Inspection;
    const why = result.ok ? 'It answered nothing.' : `${result.errorType}: ${result.errorMessage}`;
    throw new ControlRefusal(502, `The systems cannot be compared. ${why}`);
  };
  return {
    compare: (sub) => run(sub === undefined ? {} : { subs: [sub] }),
    repair: (subs) => run(subs === 'all' ? { repair: true } : { subs, repair: true }),
  };
}
