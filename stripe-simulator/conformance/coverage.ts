/** The coverage table of the README: what of Stripe's API is simulated, by resource. */
import { knownRoute, libraryRoutes } from '../protocol/known-params.ts';
import type { Route } from '../protocol/route.ts';
import { knownFields } from '../testing/answer-check.ts';

/** What the tests have seen of one route, such as `POST /v1/customers/:`. */
export interface SeenRoute {
  /** The parameters at the top that its operation asks for. */
  readonly parameters: readonly string[];
  readonly fields: readonly string[];
}
export type Coverage = Readonly<Record<string, SeenRoute>>;

const START = '<!-- coverage: npm run conformance writes this table -->';
const END = '<!-- /coverage -->';

export interface Line {
  readonly route: string;
  readonly parameters: readonly string[];
  readonly fields: readonly string[];
}

/** Joins what each test file has seen. */
export function joined(lines: readonly Line[], routes: readonly Route[]): Coverage {
  const seen = new Map(
    names(routes).map((route) => [route, { parameters: new Set<string>(), fields: new Set<string>() }]),
  );
  for (const { route, parameters, fields } of lines) {
    const { parameters: known } = knownOf(route);
    for (const name of parameters.map((whole) => whole.replace(/\[.*$/, ''))) {
      if (known.has(name)) seen.get(route)?.parameters.add(name);
    }
    const typed = knownFields(route);
    // The library has no single type for an event.
    for (const name of fields) if (typed.has(name) || typed.size === 0) seen.get(route)?.fields.add(name);
  }
  const entries = [...seen].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([route, { parameters, fields }]) => [
      route,
      { parameters: [...parameters].sort(), fields: [...fields].sort() },
    ]),
  );
}

/** The routes that the library has, too. Those that only the CLI uses have no types. */
export function names(routes: readonly Route[]): string[] {
  return routes.flatMap(({ method, path }) => {
    const known = knownRoute(method, path);
    return known === undefined ? [] : [`${known.method} ${known.path}`];
  });
}

function knownOf(route: string): {
  readonly parameters: ReadonlySet<string>;
  readonly fields: ReadonlySet<string>;
} {
  const [method = '', path = ''] = route.split(' ');
  const parameters = [...(knownRoute(method, path)?.shape.keys() ?? [])].filter((name) => name !== 'expand');
  return { parameters: new Set(parameters), fields: knownFields(route) };
}

/** Resources that have their names in the second part of the path. */
const spaces: ReadonlySet<string> = new Set([
  'apps',
  'billing',
  'billing_portal',
  'checkout',
  'core',
  'entitlements',
  'test_helpers',
]);

function resourceOf(route: string): string {
  const [, version = '', space = '', name = ''] = (route.split(' ')[1] ?? '').split('/');
  const resource = spaces.has(space) ? `${space}/${name}` : space;
  return version === 'v1' ? resource : `${version}/${resource}`;
}

interface Row {
  readonly resource: string;
  readonly routes: readonly [number, number];
  readonly parameters: readonly [number, number];
  readonly fields: readonly [number, number];
}

/** One row for each resource with a simulated route, and the totals of these rows. */
export function rowsOf(coverage: Coverage): readonly Row[] {
  const resources = [...new Set(Object.keys(coverage).map(resourceOf))].sort();
  const rows = resources.map((resource) => {
    const simulated = Object.entries(coverage).filter(([route]) => resourceOf(route) === resource);
    const count = (pick: (seen: SeenRoute) => readonly string[]) =>
      simulated.reduce((sum, [, seen]) => sum + pick(seen).length, 0);
    const known = (pick: (all: ReturnType<typeof knownOf>) => ReadonlySet<string>) =>
      simulated.reduce((sum, [route]) => sum + pick(knownOf(route)).size, 0);
    const typed = known(({ fields }) => fields);
    const all = libraryRoutes.filter((route) => resourceOf(route) === resource).length;
    return {
      resource: `\`${resource}\``,
      routes: [simulated.length, all] as const,
      parameters: [count((seen) => seen.parameters), known(({ parameters }) => parameters)] as const,
      // The library has no single type for an event.
      fields: typed === 0 ? ([0, 0] as const) : ([fieldsSeen(simulated), typed] as const),
    };
  });
  const total = (pick: (row: Row) => readonly [number, number]) =>
    rows.reduce<readonly [number, number]>(([a, b], row) => [a + pick(row)[0], b + pick(row)[1]], [0, 0]);
  const totals = {
    resource: 'together',
    routes: total((row) => row.routes),
    parameters: total((row) => row.parameters),
    fields: total((row) => row.fields),
  };
  return [...rows, totals];
}

/** Counts the fields of those answers whose type the library has. */
function fieldsSeen(simulated: readonly (readonly [string, SeenRoute])[]): number {
  const typed = simulated.filter(([route]) => knownOf(route).fields.size > 0);
  return typed.reduce((sum, [, { fields }]) => sum + fields.length, 0);
}

export function tableOf(coverage: Coverage): string {
  const cells = rowsOf(coverage).map((row) => {
    const of = ([some, all]: readonly [number, number]) => (all === 0 ? 'not typed' : `${some} of ${all}`);
    return [row.resource, of(row.routes), of(row.parameters), of(row.fields)];
  });
  const head = ['resource', 'routes', 'parameters', 'fields'];
  const widths = head.map((name, column) =>
    Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(head), rule, ...cells.map(line)].join('\n');
}

/** Returns the README with the table in its place. */
export function withTable(readme: string, coverage: Coverage): string {
  const [before, rest] = readme.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error('The README has no place for the coverage table.');
  return `${before}${START}\n\n${tableOf(coverage)}\n\n${END}${after}`;
}
