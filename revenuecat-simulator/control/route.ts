/** A route under `/_simulator`. */
import type { Operations } from '../operations/operations.ts';
import type { Fields } from '../protocol/fields.ts';
import type { Simulation } from './simulation.ts';

export interface ControlContext extends Simulation {
  readonly operations: Operations;
}

export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Relative to `/_simulator/`. */
  readonly path: string;
  /** The fields of the body; any other field is rejected. */
  readonly fields?: readonly string[];
  /** `id` is the value of the path's parameter. Returns the body of the response. */
  readonly run: (context: ControlContext, id: string, fields: Fields) => object;
}
