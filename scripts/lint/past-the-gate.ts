/**
 * Finds the uses of the methods that end something, outside of core/gate. A method counts by its name and because it can
 * be called, so that a copy of its interface, an alias or a computed name does not hide it, and data of that name does not
 * count. Types may name it.
 */
import ts from 'typescript';

/** The methods of the ports that cancel, refund, delete, remove or expire something. */
const endingMethods: ReadonlySet<string> = new Set([
  'deleteCustomer',
  'cancelSubscription',
  'cancelIncomplete',
  'endAtPeriodEnd',
  'endWithPeriod',
  'releaseSchedule',
  'discardChange',
  'refundFirstPayment',
  'cancelLeaving',
  'refundPart',
  'deleteUser',
  'deleteStoreCustomer',
  'removeIfUnchanged',
  'removeUnlessMarked',
  'remove',
  'expire',
]);

/** The adapters implement the ports, and what is not deployed ends nothing real. */
export function isGuarded(file: string): boolean {
  return (
    /^(?:core|composition|functions|operations)\/.*\.ts$/.test(file) &&
    !file.startsWith('core/gate/') &&
    !file.endsWith('.test.ts')
  );
}

export interface Use {
  readonly at: number;
  readonly method: string;
}

export function usesPastTheGate(checker: ts.TypeChecker, source: ts.SourceFile): readonly Use[] {
  const found: Use[] = [];
  const visit = (node: ts.Node): void => {
    for (const { method, type } of membersUsedBy(checker, node)) {
      if (!endingMethods.has(method) || !isCallable(checker, type)) continue;
      found.push({ at: node.getStart(source), method });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

interface Member {
  readonly method: string;
  /** Undefined if the type is not known. */
  readonly type: ts.Type | undefined;
}

/** Returns the members that the expression or the pattern reads from an object. */
function membersUsedBy(checker: ts.TypeChecker, node: ts.Node): readonly Member[] {
  if (ts.isPropertyAccessExpression(node)) {
    return [{ method: node.name.text, type: checker.getTypeAtLocation(node.name) }];
  }
  if (ts.isElementAccessExpression(node)) {
    const object = checker.getTypeAtLocation(node.expression);
    return namesOf(checker, node.argumentExpression).map((name) => memberOf(checker, object, name));
  }
  if (ts.isObjectBindingPattern(node)) {
    const object = checker.getTypeAtLocation(node);
    return node.elements
      .filter(({ dotDotDotToken }) => dotDotDotToken === undefined)
      .flatMap(({ propertyName, name }) => namesOf(checker, propertyName ?? name))
      .map((name) => memberOf(checker, object, name));
  }
  if (ts.isObjectLiteralExpression(node) && isAssigned(node)) {
    const object = checker.getTypeAtLocation(node);
    return node.properties
      .flatMap(({ name }) => (name === undefined ? [] : namesOf(checker, name)))
      .map((name) => memberOf(checker, object, name));
  }
  return [];
}

/** Returns the texts that a name or a computed name can be, as far as its type shows them. */
function namesOf(checker: ts.TypeChecker, name: ts.Node): readonly string[] {
  if (ts.isComputedPropertyName(name)) return namesOf(checker, name.expression);
  if (ts.isStringLiteralLike(name)) return [name.text];
  const isPlainName =
    ts.isIdentifier(name) &&
    !ts.isElementAccessExpression(name.parent) &&
    !ts.isComputedPropertyName(name.parent);
  if (isPlainName) return [name.text];
  const type = checker.getTypeAtLocation(name);
  return (type.isUnion() ? type.types : [type]).flatMap((one) => (one.isStringLiteral() ? [one.value] : []));
}

function memberOf(checker: ts.TypeChecker, object: ts.Type, method: string): Member {
  const symbol = checker.getPropertyOfType(checker.getNonNullableType(object), method);
  return { method, type: symbol === undefined ? undefined : checker.getTypeOfSymbol(symbol) };
}

/** Returns whether the object literal is the target of an assignment, directly or as a part of one. */
function isAssigned(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    return parent.left === node;
  }
  if (ts.isForOfStatement(parent)) return parent.initializer === node;
  const isPart =
    ts.isParenthesizedExpression(parent) ||
    ts.isPropertyAssignment(parent) ||
    ts.isObjectLiteralExpression(parent) ||
    ts.isArrayLiteralExpression(parent);
  return isPart && isAssigned(parent);
}

/** Whatever is not known to be data counts. */
function isCallable(checker: ts.TypeChecker, type: ts.Type | undefined): boolean {
  if (type === undefined || (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0) return true;
  const present = checker.getNonNullableType(type);
  const parts = present.isUnion() ? present.types : [present];
  return parts.some((part) => part.getCallSignatures().length > 0);
}
