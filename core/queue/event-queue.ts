/** The queue between the webhook's function and the worker, as a port. */

export interface QueuedMessage {
  readonly body: string;
  /** Messages of one group are carried out one after another, in the order in which they were sent. */
  readonly groupId: string;
  /** The queue accepts a second message with this id within five minutes, and delivers it to no one. */
  readonly deduplicationId: string;
}

export interface EventQueue {
  /** Resolves once the queue has confirmed that it holds the message. Throws a `Fault` if that is not certain. */
  send(message: QueuedMessage): Promise<void>;
}
