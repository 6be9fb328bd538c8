/** Runs the shell blocks of a page in order in one bash, like a reader who copies them into one terminal. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Problem, problemAt, root, type Scripts } from './checks.ts';
import type { Block, Page } from './page.ts';

/** The environment in which the blocks of all pages run. */
export interface Workplace {
  /** The folder that contains `.local/` and the files that the commands write. */
  readonly directory: string;
  /** Replaces the addresses of the default ports, and placeholders such as `SUB`. */
  readonly prepare: (text: string) => string;
  readonly env: Readonly<Record<string, string>>;
}

export interface PageRun {
  readonly problems: readonly Problem[];
  readonly outputs: Outputs;
}

/** The output of each block, by the line of its opening fence. */
export type Outputs = ReadonlyMap<number, string>;

const TIMEOUT_MS = 60_000;

export const runnableBlocks = (page: Page, language: string): readonly Block[] =>
  page.blocks.filter((block) => block.language === language && block.mark.kind === 'run');

/** Line N of the script is line N of the page, so that bash reports the line of the page. */
export function scriptOf(page: Page, prepare: (text: string) => string): string {
  const lines = page.lines.map(() => '');
  for (const { line, lines: content, mark } of runnableBlocks(page, 'sh')) {
    const codes = mark.kind === 'run' ? mark.exitCodes : [];
    lines[line - 1] = `__begin ${line} ${codes.join(' ')}`;
    content.forEach((text, index) => {
      lines[line + index] = prepare(text);
    });
    lines[line + content.length] = '__end';
  }
  return lines.join('\n');
}

/** Bash reads this before the script, so it does not shift the line numbers. */
const PRELUDE = `unset BASH_ENV
set -E -o pipefail
exec 3>&2
__begin() { __codes=" \${*:2} "; exec >"$__OUTPUTS/$1" 2>&1; }
__end() { __codes=''; }
__failed() {
  case "$__codes" in *" $1 "*) return ;; esac
  echo "$2:\\\`$3\\\` ends with exit code $1" >&3
  exit 1
}
trap '__failed $? $LINENO "$BASH_COMMAND"' ERR
`;

export async function runShellBlocks(page: Page, { directory, prepare, env }: Workplace): Promise<PageRun> {
  const blocks = runnableBlocks(page, 'sh');
  if (blocks.length === 0) return { problems: [], outputs: new Map() };
  const folder = path.join(directory, '.docs-test', page.path.replaceAll('/', '-'));
  await mkdir(folder, { recursive: true });
  const script = path.join(folder, 'page.sh');
  const preludeFile = path.join(folder, 'PRELUDE.sh');
  await writeFile(script, scriptOf(page, prepare));
  await writeFile(preludeFile, PRELUDE);
  const error = await new Promise<string>((resolve) => {
    const options = {
      cwd: directory,
      env: { ...env, BASH_ENV: preludeFile, __OUTPUTS: folder },
      timeout: TIMEOUT_MS,
    };
    execFile('bash', [script], options, (failed, _, stderr) => {
      resolve(failed === null ? '' : stderr || `1:the page did not end within ${TIMEOUT_MS / 1000} s`);
    });
  });
  const outputs = new Map<number, string>();
  for (const { line } of blocks) {
    const printed = await readFile(path.join(folder, String(line)), 'utf8').catch(() => undefined);
    if (printed !== undefined) outputs.set(line, printed);
  }
  if (error === '') return { problems: [], outputs };
  const { line = '1', message = error } = FAILURE.exec(error)?.groups ?? {};
  const printed = [...outputs.values()].at(-1) ?? '';
  return { problems: [problemAt(page, Number(line), `${message}\n${printed}`)], outputs };
}

/** Matches a line of the PRELUDE, or of bash itself if the script cannot be parsed: "page.sh: line 7: unexpected …". */
const FAILURE = /^(?:\S+: line )?(?<line>\d+):\s*(?<message>.*)/m;

/**
 * Replaces npm in the blocks: `npm run NAME` starts the bundle of the command in the folder of the test. The real npm would
 * change to the folder of the project, which may contain the files of a running local cloud.
 */
export async function installCommands(directory: string, scripts: Scripts, bundles: string): Promise<string> {
  const bin = path.join(directory, 'bin');
  await mkdir(bin, { recursive: true });
  const cases = Object.entries(scripts).flatMap(([name, line]) => {
    const file = /^node --import tsx (?<file>\S+)$/.exec(line)?.groups?.['file'];
    if (file === undefined) return [];
    const start = file.startsWith('operations/')
      ? `"${path.join(bundles, `${path.basename(file, '.ts')}.mjs`)}"`
      : `--import "${path.join(root, 'node_modules/tsx/dist/loader.mjs')}" "${path.join(root, file)}"`;
    return [`  ${name}) exec node ${start} "$@" ;;`];
  });
  const npm = [
    '#!/bin/sh',
    '[ "$1" = run ] && shift',
    '[ "$1" = --silent ] && shift',
    'name=$1; shift; [ "$1" = -- ] && shift',
    'case "$name" in',
    ...cases,
    '  *) echo "npm $name does not run in the docs test" >&2; exit 64 ;;',
    'esac',
  ];
  await writeFile(path.join(bin, 'npm'), `${npm.join('\n')}\n`, { mode: 0o755 });
  // An error response ends the block.
  const curl = '#!/bin/sh\nPATH=${PATH#*:} exec curl --fail-with-body "$@"\n';
  await writeFile(path.join(bin, 'curl'), curl, { mode: 0o755 });
  await writeFile(path.join(bin, 'npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
  return bin;
}

/** Compares the output that a page shows for a block with what the block printed. `…` is any text. */
export function outputProblems(
  page: Page,
  outputs: Outputs,
  prepare: (text: string) => string,
): readonly Problem[] {
  return page.blocks.flatMap((block, index) => {
    if (block.mark.kind !== 'output') return [];
    const printed = outputs.get(page.blocks[index - 1]?.line ?? 0);
    if (printed === undefined) return [problemAt(page, block.line, 'no block before it runs')];
    const expected = prepare(block.lines.join('\n'));
    const same = block.language === 'json' ? sameShape(expected, printed) : isLike(printed, expected);
    return same ? [] : [problemAt(page, block.line, `the block before it prints:\n${printed}`)];
  });
}

/** Returns whether the text matches. `…` in the expected text is any text. */
export function isLike(printed: string, expected: string): boolean {
  const pattern = expected
    .trim()
    .split('…')
    .map((part) => escapeRegExp(part))
    .join('[^]*?');
  return new RegExp(`^${pattern}$`).test(printed.trim().replaceAll(/[ \t]+$/gm, ''));
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** Returns whether both have the same fields, each of the same kind. `null` may be any value. */
function sameShape(expected: string, printed: string): boolean {
  try {
    return shapeFits(JSON.parse(expected), JSON.parse(printed));
  } catch {
    return false;
  }
}

function shapeFits(expected: unknown, printed: unknown): boolean {
  if (expected === null || printed === null) return true;
  if (typeof expected !== 'object' || typeof printed !== 'object') return typeof expected === typeof printed;
  if (Array.isArray(expected) || Array.isArray(printed)) {
    return Array.isArray(expected) && Array.isArray(printed);
  }
  const [names, printedNames] = [Object.keys(expected), Object.keys(printed)];
  if (names.length !== printedNames.length) return false;
  return names.every(
    (name) => name in printed && shapeFits(Reflect.get(expected, name), Reflect.get(printed, name)),
  );
}
