/** Type-checks the TypeScript blocks of the pages, and runs them. The blocks of a page are one module. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';
import ts from 'typescript';
import { type Problem, problemAt, root } from './checks.ts';
import type { Page } from './page.ts';
import { type PageRun, runnableBlocks, type Workplace } from './shell.ts';

const TIMEOUT_MS = 30_000;
/** The packages of this project, as their sources: they need not be built. */
const packageSources = {
  '@predixa/client': path.join(root, 'client/core/index.ts'),
  '@predixa/stripe-simulator': path.join(root, 'stripe-simulator/index.ts'),
};

/** Returns the module of a page, with the same line numbers as the page. `fence` replaces each opening fence. */
function moduleOf(page: Page, fence: (line: number) => string = () => ''): string | undefined {
  const blocks = runnableBlocks(page, 'ts');
  if (blocks.length === 0) return undefined;
  const lines = page.lines.map(() => '');
  for (const { line, lines: content } of blocks) {
    lines[line - 1] = fence(line);
    content.forEach((text, index) => {
      lines[line + index] = text;
    });
  }
  // Without an import or export the file would be a script, which has no await outside of functions.
  return `${lines.join('\n')}\nexport {};\n`;
}

/** Returns the type errors of all pages. Checking them together makes the compiler read the libraries only once. */
export function typeProblems(pages: readonly Page[]): readonly Problem[] {
  const sources = new Map<string, { readonly page: Page; readonly text: string }>();
  for (const page of pages) {
    const text = moduleOf(page);
    // In the folder of the page, so that packages and relative paths are resolved as for a reader.
    if (text !== undefined) sources.set(path.join(root, `${page.path}.ts`), { page, text });
  }
  if (sources.size === 0) return [];
  const { options } = ts.convertCompilerOptionsFromJson(compilerOptions(), root);
  const host = ts.createCompilerHost(options);
  const fromDisk = { ...host };
  host.fileExists = (file) => sources.has(file) || fromDisk.fileExists(file);
  host.readFile = (file) => sources.get(file)?.text ?? fromDisk.readFile(file);
  host.getSourceFile = (file, target, ...rest) => {
    const text = sources.get(file)?.text;
    return text === undefined
      ? fromDisk.getSourceFile(file, target, ...rest)
      : ts.createSourceFile(file, text, target, true);
  };
  const program = ts.createProgram([...sources.keys()], options, host);
  return [...sources].flatMap(([file, { page }]) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText }) => {
      const line = (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return problemAt(page, line, ts.flattenDiagnosticMessageText(messageText, '\n'));
    });
  });
}

/** As strict as the project, with the browser's types. Unused declarations are allowed, since a reader may use them later. */
function compilerOptions(): Readonly<Record<string, unknown>> {
  const { config } = ts.parseConfigFileTextToJson(
    'tsconfig.json',
    readFileSync(path.join(root, 'tsconfig.json'), 'utf8'),
  ) as { config: { compilerOptions: Record<string, unknown> } };
  return {
    ...config.compilerOptions,
    lib: ['ES2023', 'DOM', 'DOM.Iterable'],
    incremental: false,
    tsBuildInfoFile: undefined,
    noUnusedLocals: false,
    noUnusedParameters: false,
    noPropertyAccessFromIndexSignature: false,
    paths: Object.fromEntries(Object.entries(packageSources).map(([name, source]) => [name, [source]])),
  };
}

/** Separates the output of the blocks. The character does not occur in text. */
const SEPARATOR = '\0';

/** Bundles a module with the sources of this project's packages. Other packages are left out. */
export async function bundleModule(source: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    packages: 'external',
    alias: packageSources,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'silent',
  });
}

/** Runs the module of the page in its own process. The folder is inside the project, so that Node finds packages. */
export async function runModule(page: Page, folder: string, workplace: Workplace): Promise<PageRun> {
  const text = moduleOf(page, (line) => `process.stdout.write('${String.raw`\x00`}${line}:');`);
  if (text === undefined) return { problems: [], outputs: new Map() };
  const name = page.path.replaceAll('/', '-');
  const [source, outfile] = [path.join(folder, `${name}.ts`), path.join(folder, `${name}.mjs`)];
  await writeFile(source, workplace.prepare(text));
  await bundleModule(source, outfile);
  const { directory: cwd, env } = workplace;
  return new Promise((resolve) => {
    const command = ['--enable-source-maps', outfile];
    execFile(process.execPath, command, { cwd, env, timeout: TIMEOUT_MS }, (error, stdout, stderr) => {
      const outputs = new Map(
        stdout.split(SEPARATOR).map((part) => {
          const [line = ''] = part.split(':', 1);
          return [Number(line), part.slice(line.length + 1)];
        }),
      );
      const { line = '1' } = new RegExp(`${name}\\.ts:(?<line>\\d+)`).exec(stderr)?.groups ?? {};
      const message = stderr === '' ? `the blocks did not end within ${TIMEOUT_MS / 1000} s` : stderr;
      resolve({ problems: error === null ? [] : [problemAt(page, Number(line), message)], outputs });
    });
  });
}
