/**
 * Turns the parameter types of the official library into a compact table. `shapes` are the objects, as lists of names:
 * `name` holds a value, `name:7` an object of shape 7, `name@7` a list of them, `name%` any names with values, and
 * `name%7` any names with objects. `routes` names the shape of each route's parameters.
 */
import ts from 'typescript';
import { type Library, type LibraryRoute, readLibrary } from './library-routes.ts';

export function writtenParams(library: Library = readLibrary()): string {
  const writer = new ShapeWriter(library.checker);
  const routes = new Map<string, ts.Type[]>();
  for (const route of library.routes) {
    const name = `${route.method} ${route.path}`;
    routes.set(name, [...(routes.get(name) ?? []), ...paramTypesOf(library, route)]);
  }
  const entries = [...routes].sort(([a], [b]) => (a < b ? -1 : 1));
  const shapes = entries.map(([name, types]) => [name, writer.shapeOf(types)]);
  return `${JSON.stringify({ shapes: writer.shapes, routes: Object.fromEntries(shapes) }, null, 1)}\n`;
}

function paramTypesOf({ checker }: Library, { declaration }: LibraryRoute): ts.Type[] {
  const params = declaration.parameters.find(({ name }) => name.getText() === 'params');
  return params === undefined ? [] : [checker.getTypeAtLocation(params)];
}

class ShapeWriter {
  readonly shapes: string[] = [];
  readonly #checker: ts.TypeChecker;
  readonly #numbers = new Map<string, number>();
  readonly #open = new Set<ts.Type>();

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  /** Returns the number of the shape that allows what any of the types allows. */
  shapeOf(types: readonly ts.Type[]): number {
    const properties = new Map<string, ts.Type[]>();
    for (const type of types.flatMap(membersOf)) {
      for (const symbol of this.#checker.getPropertiesOfType(type)) {
        const found = this.#checker.getTypeOfSymbol(symbol);
        properties.set(symbol.name, [...(properties.get(symbol.name) ?? []), found]);
      }
    }
    const names = [...properties].sort(([a], [b]) => (a < b ? -1 : 1));
    const shape = names.map(([name, found]) => name + this.#suffixOf(found.flatMap(membersOf))).join(',');
    const number = this.#numbers.get(shape) ?? this.shapes.length;
    if (number === this.shapes.length) this.shapes.push(shape);
    this.#numbers.set(shape, number);
    return number;
  }

  #suffixOf(types: readonly ts.Type[]): string {
    const lists = types.filter((type) => this.#checker.isArrayType(type));
    const elements = lists.flatMap((type) => this.#checker.getTypeArguments(type as ts.TypeReference));
    const items = elements.flatMap(membersOf).filter((type) => this.#isObject(type));
    if (items.length > 0) return `@${this.#nested(items)}`;
    const objects = types.filter((type) => this.#isObject(type));
    const values = objects.flatMap((type) =>
      this.#checker.getIndexInfosOfType(type).map((info) => info.type),
    );
    const maps = values.flatMap(membersOf).filter((type) => this.#isObject(type));
    if (maps.length > 0) return `%${this.#nested(maps)}`;
    if (values.length > 0) return '%';
    return objects.length > 0 ? `:${this.#nested(objects)}` : '';
  }

  #nested(types: readonly ts.Type[]): number {
    const repeated = types.find((type) => this.#open.has(type));
    if (repeated !== undefined) throw new Error(`${this.#checker.typeToString(repeated)} contains itself.`);
    for (const type of types) this.#open.add(type);
    const number = this.shapeOf(types);
    for (const type of types) this.#open.delete(type);
    return number;
  }

  #isObject(type: ts.Type): boolean {
    if (this.#checker.isArrayType(type) || (type.flags & ts.TypeFlags.Object) === 0) return false;
    const name = type.symbol.name;
    // Values on the wire: a decimal, a date, the content of a file, and any text that is not documented.
    return !['Decimal', 'Date', 'Uint8Array', 'Buffer', 'EventEmitter'].includes(name);
  }
}

function membersOf(type: ts.Type): readonly ts.Type[] {
  return type.isUnion() ? type.types.flatMap(membersOf) : [type];
}
