/** The log as the use cases see it. */

/** Ids and words only. Never an email address, a name, a token, a key, a body or an event. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | readonly string[] | null | undefined>
>;

export interface Log {
  info(message: string, fields?: LogFields): void;
  /** Logs the kind of `cause`, never its message, which may quote user input. */
  warn(message: string, fields?: LogFields, cause?: unknown): void;
  /** Logs the kind of `cause`, never its message, which may quote user input. */
  error(message: string, fields?: LogFields, cause?: unknown): void;
}
