/** What must not leave the machine in a bundle or a template: keys, and where and of which files it was made. */

/** A key with anything behind its prefix; the prefixes alone stand in the code that tells live from test. */
const KEY =
  /\b(?:[sr]k_(?:test|live)_|whsec_)[A-Za-z0-9]{8,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY/;

const MACHINE =
  /\/(?:work|home|root|Users|tmp|builds?|runner)\/[\w.-]+\/|[A-Z]:\\{1,2}[\w.-]+\\|sourceMappingURL/;

/** As a bundler notes above each part, or a stack of an error would tell. */
const SOURCE =
  /node_modules\/|\b(?:adapters|contract|core|functions|infra|local|operations|scripts|simulation|tests)\/[\w./-]+\.(?:ts|mts|tsx)\b/;

/** The first of each; nothing for a clean text. */
export function leaksIn(text: string): readonly string[] {
  const own = text.includes(process.cwd()) ? [process.cwd()] : [];
  return [...[KEY, MACHINE, SOURCE].flatMap((pattern) => pattern.exec(text)?.[0] ?? []), ...own];
}
