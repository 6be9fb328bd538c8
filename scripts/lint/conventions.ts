/**
 * Checks the conventions of CONTRIBUTING.md that no linter knows: a module opens with its purpose, plain constants are
 * UPPER_SNAKE_CASE and tables camelCase, declarations carry doc comments and statements line comments, and only the gate
 * uses the methods that end something.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { isGuarded, usesPastTheGate } from './past-the-gate.ts';

interface Violation {
  readonly at: number;
  readonly message: string;
}

const UPPER_SNAKE = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;

function isTest(file: string): boolean {
  return file.endsWith('.test.ts') || file.startsWith('tests/');
}

function violationsIn(source: ts.SourceFile): readonly Violation[] {
  return [
    // A test's title says its purpose, and its constants are fixtures.
    ...(isTest(source.fileName)
      ? []
      : [...missingPurpose(source), ...source.statements.flatMap(constantNames)]),
    ...misplacedComments(source),
    ...endingsPastTheGate(source),
  ];
}

function missingPurpose(source: ts.SourceFile): readonly Violation[] {
  const text = source.text.replace(/^#!.*\n/, '').trimStart();
  return text.startsWith('/**') ? [] : [{ at: 0, message: 'a module opens with /** its purpose */' }];
}

function constantNames(statement: ts.Statement): readonly Violation[] {
  if (!ts.isVariableStatement(statement) || !(statement.declarationList.flags & ts.NodeFlags.Const))
    return [];
  return statement.declarationList.declarations.flatMap(({ name, initializer }) => {
    if (!ts.isIdentifier(name) || initializer === undefined) return [];
    const plain = isPlainValue(initializer);
    const upper = UPPER_SNAKE.test(name.text);
    if (plain && !upper)
      return [{ at: name.pos, message: `${name.text}: a plain constant is UPPER_SNAKE_CASE` }];
    if (!plain && upper && isTable(initializer)) {
      return [{ at: name.pos, message: `${name.text}: a table is camelCase` }];
    }
    return [];
  });
}

/** Returns whether it is a number, text or regular expression, or arithmetic on them. The result of a call may have either name. */
function isPlainValue(node: ts.Expression): boolean {
  if (ts.isAsExpression(node) || ts.isParenthesizedExpression(node)) return isPlainValue(node.expression);
  if (ts.isPrefixUnaryExpression(node)) return isPlainValue(node.operand);
  if (ts.isBinaryExpression(node)) return isPlainValue(node.left) && isPlainValue(node.right);
  return (
    ts.isNumericLiteral(node) ||
    ts.isBigIntLiteral(node) ||
    ts.isStringLiteralLike(node) ||
    ts.isRegularExpressionLiteral(node) ||
    (ts.isIdentifier(node) && UPPER_SNAKE.test(node.text))
  );
}

function isTable(node: ts.Expression): boolean {
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node)) return isTable(node.expression);
  if (ts.isNewExpression(node)) return /^(Set|Map)$/.test(node.expression.getText());
  return ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node);
}

function misplacedComments(source: ts.SourceFile): readonly Violation[] {
  const found: Violation[] = [];
  const visit = (node: ts.Node, inBody: boolean): void => {
    for (const comment of ts.getLeadingCommentRanges(source.text, node.getFullStart()) ?? []) {
      const isDoc = source.text.startsWith('/**', comment.pos);
      const touches = !source.text.slice(comment.end, node.getStart(source, false)).includes('\n\n');
      if (inBody && isDoc && ts.isStatement(node)) {
        found.push({ at: comment.pos, message: 'inside a function, comments are // lines' });
      }
      if (!inBody && !isDoc && touches && isDocumented(node)) {
        found.push({ at: comment.pos, message: 'a declaration carries a /** doc comment */' });
      }
    }
    ts.forEachChild(node, (child) => visit(child, inBody || ts.isBlock(node)));
  };
  visit(source, false);
  return found;
}

/** Only core/gate uses what ends something, because it decides on the evidence first. */
function endingsPastTheGate({ fileName }: ts.SourceFile): readonly Violation[] {
  if (!isGuarded(fileName)) return [];
  const checked = program.getSourceFile(fileName);
  if (checked === undefined) return [{ at: 0, message: 'the file has no types, so it cannot be checked' }];
  return usesPastTheGate(program.getTypeChecker(), checked).map(({ at, method }) => ({
    at,
    message: `${method}: only core/gate ends something, see core/gate/act.ts`,
  }));
}

/** Returns whether it is a declaration or a member of a type, as opposed to an import or a bare call. */
function isDocumented(node: ts.Node): boolean {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isVariableStatement(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isTypeElement(node) ||
    ts.isClassElement(node)
  );
}

const files = execFileSync('git', ['ls-files', '--', ...process.argv.slice(2)], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file.endsWith('.ts'));
const { config } = ts.parseConfigFileTextToJson('tsconfig.json', readFileSync('tsconfig.json', 'utf8')) as {
  readonly config: unknown;
};
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
const program = ts.createProgram(files.filter(isGuarded), { ...options, incremental: false });
let count = 0;
for (const file of files) {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const seen = new Set<string>();
  for (const { at, message } of violationsIn(source)) {
    const line = source.getLineAndCharacterOfPosition(at === 0 ? 0 : at + 1).line + 1;
    const text = `${file}:${line}  ${message}`;
    if (seen.has(text)) continue;
    seen.add(text);
    count += 1;
    console.log(text);
  }
}
if (count > 0) process.exitCode = 1;
