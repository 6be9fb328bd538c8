/** Parses the Swift and Kotlin blocks of a page, and finds which names they declare and use. */
import { fileURLToPath } from 'node:url';
import { Language, type Node, Parser } from 'web-tree-sitter';
import type { Page } from './page.ts';

export type RecipeLanguage = 'swift' | 'kotlin';

export interface Name {
  readonly text: string;
  /** The line of the page. */
  readonly line: number;
}

export interface Recipe {
  /** Of what the parser does not understand. */
  readonly faults: readonly Name[];
  readonly declared: ReadonlySet<string>;
  /** Types, what follows a dot, and the names of arguments: all that may come from a generated client. */
  readonly used: readonly Name[];
  readonly strings: readonly Name[];
}

export async function parserOf(language: RecipeLanguage): Promise<Parser> {
  await Parser.init();
  const wasm = import.meta.resolve(`@cursorless/tree-sitter-wasms/out/tree-sitter-${language}.wasm`);
  const parser = new Parser();
  parser.setLanguage(await Language.load(fileURLToPath(wasm)));
  return parser;
}

export function readRecipe(page: Page, language: RecipeLanguage, parser: Parser): Recipe {
  const blocks = page.blocks.filter((block) => block.language === language);
  const nodes = blocks.flatMap(({ lines, line }) => {
    const tree = parser.parse(lines.join('\n'));
    if (tree === null) throw new Error(`${page.path}:${line} cannot be parsed.`);
    return descendantsOf(tree.rootNode).map((node) => {
      return { node, text: node.text, line: line + 1 + node.startPosition.row };
    });
  });
  const imports = nodes.filter(({ node }) => node.type === 'import_header').map(({ text }) => text);
  const imported = imports.filter((text) => !text.startsWith(`import ${GENERATED}`)).map(lastPart);
  return {
    faults: nodes.filter(({ node }) => node.isError || node.isMissing),
    declared: new Set([
      ...imported,
      ...nodes.filter(({ node }) => isDeclaration(node)).map(({ text }) => text),
    ]),
    used: nodes.filter(({ node }) => isIdentifier(node) && !isDeclaration(node) && isUse(node)),
    strings: nodes.filter(({ node }) => /^(line_str_text|string_content)$/.test(node.type)),
  };
}

/** The package of the generated client in the Kotlin recipes. */
const GENERATED = 'com.example.account.';

const lastPart = (path: string) => path.trim().split('.').at(-1) ?? '';

function descendantsOf(node: Node): readonly Node[] {
  return [node, ...node.children.flatMap((child) => (child === null ? [] : descendantsOf(child)))];
}

const isIdentifier = (node: Node) => /^(simple|type)_identifier$/.test(node.type);

/** The nodes whose own identifier is a new name: types, functions, fields and parameters. */
const declarations: ReadonlySet<string> = new Set([
  'class_declaration',
  'function_declaration',
  'parameter',
  'class_parameter',
  'enum_entry',
]);

function isDeclaration(node: Node): boolean {
  const { parent } = node;
  if (!isIdentifier(node) || parent === null) return false;
  if (declarations.has(parent.type)) return true;
  // A field or variable: `let name` in Swift, `val name` in Kotlin.
  const isBinding = parent.type === 'pattern' || parent.type === 'variable_declaration';
  return isBinding && parent.parent?.type === 'property_declaration';
}

function isUse(node: Node): boolean {
  if (node.type === 'type_identifier') return true;
  const { parent, nextSibling } = node;
  const before = node.previousSibling?.type;
  // Of an import only what it makes available counts, and of a module in Swift nothing.
  if (parent?.parent?.type === 'import_declaration') return false;
  if (parent?.parent?.type === 'import_header') return nextSibling === null;
  if (parent?.type === 'value_argument_label') return true;
  if (parent?.type === 'value_argument' && nextSibling?.type === '=') return true;
  return before === '.' || before === '?.' || /^\p{Lu}/u.test(node.text);
}
