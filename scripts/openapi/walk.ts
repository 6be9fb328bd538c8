/** Walks through the contract and its document, for the tests of the document. */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const contract = new URL('../../contract/', import.meta.url);

export interface NullableField {
  readonly type: string;
  readonly field: string;
}

/** Returns the fields of the exported interfaces whose type names null, of those in `schemas`. */
export function nullableFields(schemas: Readonly<Record<string, unknown>>): readonly NullableField[] {
  const files = readdirSync(contract).filter((name) => name.endsWith('.ts'));
  return files.flatMap((name) => {
    const text = readFileSync(new URL(name, contract), 'utf8');
    const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    return source.statements.filter(ts.isInterfaceDeclaration).flatMap((declared) => {
      const type = declared.name.text;
      if (schemas[type] === undefined) return [];
      return declared.members
        .filter(ts.isPropertySignature)
        .filter((member) => member.type !== undefined && namesNull(member.type))
        .map((member) => ({ type, field: member.name.getText() }));
    });
  });
}

function namesNull(type: ts.TypeNode): boolean {
  if (ts.isUnionTypeNode(type)) return type.types.some(namesNull);
  return ts.isLiteralTypeNode(type) && type.literal.kind === ts.SyntaxKind.NullKeyword;
}

/** Returns the pointers of the choices (`anyOf`, `oneOf`) that have null as one of them. */
export function choicesOfNull(value: unknown, pointer = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => {
    const here = `${pointer}/${name}`;
    const isChoice = (name === 'anyOf' || name === 'oneOf') && Array.isArray(part);
    const ofNull = isChoice && part.some((choice) => choice?.type === 'null') ? [here] : [];
    return [...ofNull, ...choicesOfNull(part, here)];
  });
}

/** Returns the schemas that allow this type, with their pointers. */
export function schemasWith(value: unknown, type: string, pointer = ''): readonly SchemaAt[] {
  if (typeof value !== 'object' || value === null) return [];
  const schema = value as Readonly<Record<string, unknown>>;
  const own = [schema['type']].flat().includes(type) ? [{ pointer, schema }] : [];
  return [
    ...own,
    ...Object.entries(schema).flatMap(([name, part]) => schemasWith(part, type, `${pointer}/${name}`)),
  ];
}

interface SchemaAt {
  readonly pointer: string;
  readonly schema: Readonly<Record<string, unknown>>;
}
