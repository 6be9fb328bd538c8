/** Checks a page without running anything. Every problem names its page and line. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { diagramFaults } from './mermaid.ts';
import { type Block, type Page, type Reference, readPage } from './page.ts';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Problem {
  /** `docs/contract.md:12` */
  readonly place: string;
  readonly message: string;
}

/** The pages that people read and copy from. */
export function pagePaths(): readonly string[] {
  const ofRoot = readdirSync(root).filter((name) => name.endsWith('.md'));
  const ofDocs = readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  return [...ofRoot, 'stripe-simulator/README.md', 'revenuecat-simulator/README.md', ...ofDocs];
}

export function loadPage(pagePath: string): Page {
  return readPage(pagePath, readFileSync(path.join(root, pagePath), 'utf8'));
}

export function problemAt(page: Page, line: number, message: string): Problem {
  return { place: `${page.path}:${line}`, message };
}

/** Languages with a runner or a parser, and those that are only shown. A block in any other language needs a reason. */
const checkedLanguages: ReadonlySet<string> = new Set(['sh', 'ts', 'json', 'mermaid']);
const shownLanguages: ReadonlySet<string> = new Set(['text']);

export function markProblems(page: Page): readonly Problem[] {
  return page.blocks.flatMap((block) => {
    const message = markFault(block);
    return message === undefined ? [] : [problemAt(page, block.line, message)];
  });
}

function markFault({ language, mark }: Block): string | undefined {
  if (language === '') return 'the block names no language';
  if (mark.kind === 'output' && language !== 'text' && language !== 'json') {
    return 'only text and json blocks can be output';
  }
  if (mark.kind !== 'run' || checkedLanguages.has(language) || shownLanguages.has(language)) return undefined;
  return `a block in ${language} cannot run: put <!-- not-run: REASON --> before it`;
}

export function jsonProblems(page: Page): readonly Problem[] {
  return page.blocks
    .filter(({ language, mark }) => language === 'json' && mark.kind !== 'not_run')
    .flatMap(({ line, lines }) => {
      try {
        JSON.parse(lines.join('\n'));
        return [];
      } catch (error) {
        return [problemAt(page, line, `the block is not JSON: ${String(error)}`)];
      }
    });
}

export function diagramProblems(page: Page): readonly Problem[] {
  return page.blocks
    .filter(({ language }) => language === 'mermaid')
    .flatMap((block) =>
      diagramFaults(block.lines).map(({ line, message }) => problemAt(page, block.line + line, message)),
    );
}

/** Links within the project: the file exists, and so does the heading. */
export function linkProblems(page: Page, anchorsOf: (pagePath: string) => ReadonlySet<string>): Problem[] {
  return page.links.flatMap(({ line, target }) => {
    if (/^[a-z]+:/.test(target)) return [];
    const [file = '', anchor] = target.split('#');
    if (file === '') {
      return page.anchors.has(anchor ?? '')
        ? []
        : [problemAt(page, line, `the page has no heading ${target}`)];
    }
    const linked = path.posix.join(path.posix.dirname(page.path), file);
    if (linked.startsWith('..') || !existsSync(path.join(root, linked))) {
      return [problemAt(page, line, `${target} leads to no file`)];
    }
    if (anchor === undefined || !linked.endsWith('.md') || anchorsOf(linked).has(anchor)) return [];
    return [problemAt(page, line, `${target}: ${linked} has no such heading`)];
  });
}

const PATH_SPAN = /^(?<folder>[a-z][\w-]*)\/(?:[\w.-]+\/?)*$/;

/** Code spans that name a file or folder of the project, such as `core/sync/`. `NAME` in capitals is a placeholder. */
export function pathProblems(page: Page): readonly Problem[] {
  return page.spans.flatMap(({ line, target }) => {
    const folder = PATH_SPAN.exec(target)?.groups?.['folder'];
    if (folder === undefined || !sourceFolders.has(folder) || /(?:^|\/)[A-Z]+(?:\/|$)/.test(target))
      return [];
    return existsSync(path.join(root, target)) ? [] : [problemAt(page, line, `there is no ${target}`)];
  });
}

const sourceFolders: ReadonlySet<string> = new Set(
  readdirSync(root).filter(
    (name) => !name.startsWith('.') && !['node_modules', 'dist'].includes(name) && isFolder(name),
  ),
);

function isFolder(name: string): boolean {
  return statSync(path.join(root, name)).isDirectory();
}

export type Scripts = Readonly<Record<string, string>>;

export function readScripts(): Scripts {
  const { scripts } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Scripts;
  };
  return scripts;
}

const NPM_SCRIPT =
  /\bnpm (?:run (?:--silent |-s )?(?<name>[a-z][\w:-]*)|(?<short>start|test))(?<rest>[^`#|&;\n]*)/g;
const FLAG = /(?<=\s)--[a-z][a-z-]*/g;

/** Every `npm run NAME -- --flag`, in prose and in blocks: the script exists, and its help lists the flag. */
export function commandProblems(page: Page, scripts: Scripts): readonly Problem[] {
  const lines: readonly Reference[] = page.lines.map((target, index) => ({ line: index + 1, target }));
  return lines.flatMap(({ line, target }) =>
    [...target.matchAll(NPM_SCRIPT)].flatMap(({ groups }) => {
      const name = groups?.['name'] ?? groups?.['short'] ?? '';
      const script = scripts[name];
      if (script === undefined) return [problemAt(page, line, `package.json has no script ${name}`)];
      const flags = groups?.['rest']?.match(FLAG) ?? [];
      const help = flags.length === 0 ? '' : helpTextOf(script);
      return flags
        .filter((flag) => !help.includes(flag))
        .map((flag) => problemAt(page, line, `npm run ${name} has no option ${flag}`));
    }),
  );
}

/** The sources that hold the command's help: its own file, and those that it imports. */
function helpTextOf(script: string): string {
  const entry = /\b(?<file>[\w-]+(?:\/[\w-]+)*\.ts)\b/.exec(script)?.groups?.['file'];
  if (entry === undefined) return script;
  const source = readFileSync(path.join(root, entry), 'utf8');
  const imported = [...source.matchAll(/ from '(?<file>\.[^']+)';/g)].map(({ groups }) =>
    readFileSync(path.join(root, path.dirname(entry), groups?.['file'] ?? ''), 'utf8'),
  );
  return [source, ...imported].join('\n');
}
