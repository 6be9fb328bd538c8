/** An object that is kept as the request describes it. */
import type { Metadata } from './common.ts';

export interface PlainObject {
  id: string;
  object: string;
  metadata?: Metadata;
  readonly [field: string]: unknown;
}
