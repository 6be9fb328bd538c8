/** Reads the routes of Stripe's API from the official library: each method of a resource, its path and its types. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export interface LibraryRoute {
  readonly method: string;
  /** With `:` for each id, such as `/v1/customers/:/sources/:`. */
  readonly path: string;
  readonly declaration: ts.MethodDeclaration;
}

export interface Library {
  readonly checker: ts.TypeChecker;
  readonly routes: readonly LibraryRoute[];
}

/** The areas of the API that the simulator knows anything of. */
const areas = ['/v1/', '/v2/core/events', '/v2/core/event_destinations'];
const FOLDER = join(dirname(fileURLToPath(import.meta.resolve('stripe'))), 'resources');

export function libraryText(file: string): string {
  return readFileSync(join(FOLDER, file), 'utf8');
}

export function readLibrary(): Library {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js'))
    .map((name) => join(FOLDER, name));
  const declarations = files.map((file) => file.replace(/\.js$/, '.d.ts'));
  const program = ts.createProgram(declarations, {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
  });
  // The checker links each node to its parent, which reading the declarations needs.
  const checker = program.getTypeChecker();
  const routes = files.flatMap((file, index) => {
    const source = program.getSourceFile(declarations[index] ?? '');
    return source === undefined ? [] : routesOf(callsIn(file), source);
  });
  return { checker, routes };
}

interface Call {
  readonly name: string;
  readonly method: string;
  readonly path: string;
}

/** `Class.method` → the request that the compiled method makes. */
function callsIn(file: string): Map<string, Call> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const calls = new Map<string, Call>();
  for (const statement of source.statements.filter(ts.isClassDeclaration)) {
    for (const member of statement.members.filter(ts.isMethodDeclaration)) {
      const name = `${statement.name?.text}.${member.name.getText()}`;
      const call = requestIn(member);
      if (call !== undefined) calls.set(name, { name, ...call });
    }
  }
  return calls;
}

function requestIn(node: ts.Node): Omit<Call, 'name'> | undefined {
  if (ts.isCallExpression(node) && node.expression.getText() === 'this._makeRequest') {
    const [method, path] = node.arguments;
    const text = path === undefined ? undefined : pathOf(path);
    if (method !== undefined && ts.isStringLiteral(method) && text !== undefined)
      return { method: method.text, path: text };
  }
  return ts.forEachChild(node, requestIn);
}

function pathOf(path: ts.Expression): string | undefined {
  if (ts.isStringLiteralLike(path)) return path.text;
  if (!ts.isTemplateExpression(path)) return undefined;
  return path.head.text + path.templateSpans.map(({ literal }) => `:${literal.text}`).join('');
}

function routesOf(calls: ReadonlyMap<string, Call>, source: ts.SourceFile): LibraryRoute[] {
  const routes: LibraryRoute[] = [];
  for (const statement of source.statements.filter(ts.isClassDeclaration)) {
    for (const declaration of statement.members.filter(ts.isMethodDeclaration)) {
      const call = calls.get(`${statement.name?.text}.${declaration.name.getText()}`);
      if (call !== undefined && areas.some((area) => call.path.startsWith(area)))
        routes.push({ method: call.method, path: call.path, declaration });
    }
  }
  return routes;
}
