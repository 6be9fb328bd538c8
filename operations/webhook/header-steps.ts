/** Decides what a command does with the values that the header of RevenueCat's webhook may have. Pure. */
import type { WebhookCommand } from './steps.ts';

/** A shorter value can be guessed. */
export const MIN_HEADER_LENGTH = 16;

export type HeaderStep =
  /** Makes a value, and accepts it in addition to the others. */
  | { readonly kind: 'add' }
  /** Accepts only the newest value from now on. */
  | { readonly kind: 'keep_newest' };

/**
 * `stored`: the accepted values, the newest first. Returns the step, or null if there is nothing to do: one write of the
 * secret carries it out, so an interrupted command has either done it or not. An unfinished rotation is not started again,
 * since the value in RevenueCat's dashboard may be the older one, and a third would hide which.
 */
export function headerStep(command: WebhookCommand, stored: readonly string[]): HeaderStep | null {
  if (stored.length === 0) return { kind: 'add' };
  switch (command) {
    case 'register':
      return null;
    case 'roll':
      return stored.length > 1 ? null : { kind: 'add' };
    default:
      return stored.length > 1 ? { kind: 'keep_newest' } : null;
  }
}
