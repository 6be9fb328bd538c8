/** Defects of the queue between the webhook and its worker. */
import type { Mutant } from './mutant.ts';

const focus = {
  settings: { hasQueue: true },
  kinds: ['change_plan_in_a_burst', 'subscribe', 'cancel'],
} as const;

export const queueMutants: readonly Mutant[] = [
  {
    name: 'a delivery is answered with success although the queue has not confirmed it',
    violates: ['20'],
    focus,
    mutate: (systems) => ({
      ...systems,
      queue: { send: (message) => systems.queue.send(message).catch(() => undefined) },
    }),
  },
  {
    name: 'an event is acknowledged before it is carried out',
    violates: ['20'],
    focus,
    mutate: (systems) => ({
      ...systems,
      carryOutBatch: async (messages, _, succeeds) => {
        for (const message of messages) void succeeds(message);
        return [];
      },
    }),
  },
  {
    name: 'a failed event is acknowledged if a later one of its customer succeeds',
    violates: ['20'],
    focus,
    mutate: (systems) => ({
      ...systems,
      carryOutBatch: async (messages, _, succeeds) => {
        const failedOfGroup = new Map<string | null, string[]>();
        for (const message of messages) {
          const failed = failedOfGroup.get(message.groupId) ?? [];
          failedOfGroup.set(message.groupId, (await succeeds(message)) ? [] : [...failed, message.id]);
        }
        return [...failedOfGroup.values()].flat();
      },
    }),
  },
  {
    name: 'events behind a failed one are carried out before it',
    violates: ['20'],
    focus,
    mutate: (systems) => ({
      ...systems,
      carryOutBatch: (messages, limits, succeeds) =>
        systems.carryOutBatch(
          messages.map((message) => ({ ...message, groupId: null })),
          limits,
          (each) => succeeds(messages.find(({ id }) => id === each.id) ?? (each as never)),
        ),
    }),
  },
];
