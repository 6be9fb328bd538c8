/**
 * Carries out a batch of messages of a queue, and says which ones must be delivered again. Messages of one group follow each
 * other. After one that failed, the others of its group are not tried, so that none overtakes it.
 */

export interface BatchMessage {
  readonly id: string;
  /** Null: the message belongs to no group, and waits for no other. */
  readonly groupId: string | null;
  /** How often the message was delivered, this time included. */
  readonly receiveCount: number;
}

export interface BatchLimits {
  /** How many groups are worked on at the same time. */
  readonly atOnce: number;
  /** A message that has been delivered so often is not delivered again. */
  readonly maxReceiveCount: number;
}

/** Returns the ids of the messages that must be delivered again, in the order of the batch. */
export async function carryOutBatch<T extends BatchMessage>(
  messages: readonly T[],
  { atOnce, maxReceiveCount }: BatchLimits,
  succeeds: (message: T) => Promise<boolean>,
): Promise<readonly string[]> {
  const lines = linesOf(messages);
  const again = new Set<T>();
  const workOn = async (line: readonly T[]): Promise<void> => {
    let isBlocked = false;
    for (const message of line) {
      if (!isBlocked && (await succeeds(message))) continue;
      again.add(message);
      // One that moves to the dead-letter queue now must not take those behind it along, which were delivered as often.
      isBlocked ||= message.receiveCount < maxReceiveCount;
    }
  };
  const next = lines.values();
  const worker = async (): Promise<void> => {
    for (const line of next) await workOn(line);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, lines.length) }, worker));
  return messages.filter((message) => again.has(message)).map(({ id }) => id);
}

function linesOf<T extends BatchMessage>(messages: readonly T[]): readonly (readonly T[])[] {
  const groups = new Map<string | T, T[]>();
  for (const message of messages) {
    const key = message.groupId ?? message;
    const line = groups.get(key);
    if (line === undefined) groups.set(key, [message]);
    else line.push(message);
  }
  return [...groups.values()];
}
