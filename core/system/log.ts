/** What the use cases may say to whoever runs the service. */

/** Ids and words only: no e-mail address, name, token, key, body or event. */
export type LogFields = Readonly<
  Record<string, string | number | boolean | readonly string[] | null | undefined>
>;

export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  /** `cause` is described by its kind, never by its message, which may quote what a user sent. */
  error(message: string, fields?: LogFields, cause?: unknown): void;
}
