/**
 * Turns the answer types of the official library into a compact table, which the tests hold every answer against.
 * `shapes` are the objects, as fields `name type` or `name? type`; `enums` are closed lists of texts. A type is `s` (text),
 * `n`, `b`, `z` (null), `x` (anything), `#7` (shape 7), `~7` (enum 7), `[type]` (a list), `{type}` (a map) or several of
 * them with `|`.
 */
import ts from 'typescript';
import { type Library, readLibrary } from './library-routes.ts';

export function writtenAnswers(library: Library = readLibrary()): string {
  const writer = new AnswerWriter(library.checker);
  const routes = new Map<string, Set<string>>();
  for (const { method, path, declaration } of library.routes) {
    const name = `${method} ${path}`;
    const answers = routes.get(name) ?? new Set();
    routes.set(name, answers.add(writer.answerOf(declaration)));
  }
  const entries = [...routes].sort(([a], [b]) => (a < b ? -1 : 1));
  const byRoute = Object.fromEntries(entries.map(([name, answers]) => [name, [...answers].join('|')]));
  return `${JSON.stringify({ enums: writer.enums, shapes: writer.shapes, routes: byRoute }, null, 1)}\n`;
}

class AnswerWriter {
  readonly shapes: string[] = [];
  readonly enums: string[] = [];
  readonly #checker: ts.TypeChecker;
  readonly #numbers = new Map<ts.Type, number>();

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  /** Unwraps the promise of the answer, and what the library adds to it. */
  answerOf(declaration: ts.MethodDeclaration): string {
    const signature = this.#checker.getSignatureFromDeclaration(declaration);
    const promise = signature?.getReturnType();
    if (promise === undefined) return 'x';
    const [content] = this.#checker.getTypeArguments(promise as ts.TypeReference);
    const name = promise.symbol.name;
    if (content === undefined) return 'x';
    const [inner = content] =
      content.aliasSymbol?.name === 'Response' ? (content.aliasTypeArguments ?? []) : [];
    if (name === 'ApiListPromise') return `list ${this.typeOf(inner)}`;
    if (name === 'ApiSearchResultPromise') return `search ${this.typeOf(inner)}`;
    if (name === 'V2ListPromise') return `page ${this.typeOf(inner)}`;
    return this.typeOf(inner);
  }

  typeOf(type: ts.Type): string {
    // Events have one type for each of their names; what they carry says itself which object it is.
    if (type.aliasSymbol?.name === 'Event') return 'x';
    const members = type.isUnion() ? type.types : [type];
    const texts = members.filter((member) => member.isStringLiteral()).map(({ value }) => value);
    const rest = members.filter((member) => !member.isStringLiteral()).map((member) => this.#single(member));
    // `OtherString` opens an enum: then any text is one of its values.
    const isOpen = rest.includes('s');
    const listed = texts.length === 0 || isOpen ? [] : [`~${this.#enum(texts)}`];
    return [...new Set([...listed, ...rest])].join('|');
  }

  #single(type: ts.Type): string {
    const { flags } = type;
    if ((flags & (ts.TypeFlags.StringLike | ts.TypeFlags.TemplateLiteral)) !== 0) return 's';
    if ((flags & ts.TypeFlags.NumberLike) !== 0) return 'n';
    if ((flags & ts.TypeFlags.BooleanLike) !== 0) return 'b';
    if ((flags & ts.TypeFlags.Null) !== 0) return 'z';
    if ((flags & ts.TypeFlags.Undefined) !== 0) return '';
    if (type.isIntersection() && type.types.some((part) => (part.flags & ts.TypeFlags.String) !== 0))
      return 's';
    if (this.#checker.isArrayType(type)) {
      const [element] = this.#checker.getTypeArguments(type as ts.TypeReference);
      return element === undefined ? 'x' : `[${this.typeOf(element)}]`;
    }
    if ((flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) === 0) return 'x';
    if (type.symbol?.name.startsWith('Decimal') || type.aliasSymbol?.name === 'Decimal') return 's';
    const [index] = this.#checker.getIndexInfosOfType(type);
    if (index !== undefined) return `{${this.typeOf(index.type)}}`;
    return `#${this.#shape(type)}`;
  }

  #shape(type: ts.Type): number {
    const known = this.#numbers.get(type);
    if (known !== undefined) return known;
    const number = this.shapes.push('') - 1;
    this.#numbers.set(type, number);
    const properties = this.#checker.getPropertiesOfType(type).filter(({ name }) => name !== 'lastResponse');
    const fields = properties.map((symbol) => {
      const mark = (symbol.flags & ts.SymbolFlags.Optional) === 0 ? '' : '?';
      return `${symbol.name}${mark} ${this.typeOf(this.#checker.getTypeOfSymbol(symbol)).replace(/^\||\|$/, '')}`;
    });
    this.shapes[number] = fields.sort().join(',');
    return number;
  }

  #enum(values: readonly string[]): number {
    const text = [...values].sort().join(' ');
    const known = this.enums.indexOf(text);
    return known < 0 ? this.enums.push(text) - 1 : known;
  }
}
