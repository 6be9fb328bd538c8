/** Finds what a bundle or template must not contain: keys, and paths of the machine or of source files. */

/** A key with text after its prefix. The prefixes alone are in the code that distinguishes live from test keys. */
const KEY =
  /\b(?:[sr]k_(?:test|live)_|whsec_)[A-Za-z0-9]{8,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY/;

const MACHINE =
  /\/(?:work|home|root|Users|tmp|builds?|runner)\/[\w.-]+\/|[A-Z]:\\{1,2}[\w.-]+\\|sourceMappingURL/;

/** A source path, as bundlers write above each module and as stack traces contain. */
const SOURCE =
  /node_modules\/|\b(?:adapters|contract|core|functions|infra|local|operations|scripts|simulation|tests)\/[\w./-]+\.(?:ts|mts|tsx)\b/;

/** Returns the first match of each kind; none for a clean text. */
export function leaksIn(text: string): readonly string[] {
  const own = text.includes(process.cwd()) ? [process.cwd()] : [];
  return [...[KEY, MACHINE, SOURCE].flatMap((pattern) => pattern.exec(text)?.[0] ?? []), ...own];
}
