/** Hands the events of the cloud to every page that listens. */
import type { ControlEvent } from './contract.ts';

export type Listener = (event: ControlEvent) => void;

export interface Hub {
  publish(event: ControlEvent): void;
  /** Returns how to stop listening. */
  subscribe(listener: Listener): () => void;
}

export function createHub(): Hub {
  const listeners = new Set<Listener>();
  return {
    publish(event) {
      for (const listener of listeners) listener(event);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
