/** Leaves texts out that only people read: log messages, the descriptions of drift, and the operations of faults. */

const describing = new Set(['meaning', 'repair', 'reads', 'operation', 'detail']);
const logging = new Set(['info', 'warn', 'error']);

/** Returns why the node of Babel's tree is left out, or `undefined`. */
function ignoredReason(path) {
  if (!path.isStringLiteral() && !path.isTemplateLiteral()) return undefined;
  const { parent, node } = path;
  if (parent.type === 'ObjectProperty' && describing.has(parent.key.name)) return 'a description for people';
  const isArgument = parent.type === 'CallExpression' && parent.arguments[0] === node;
  const callee = isArgument ? parent.callee : undefined;
  const isLog = callee?.type === 'MemberExpression' && logging.has(callee.property.name);
  return isLog ? 'a log message' : undefined;
}

/** Stryker reads its plugins from this export. */
export const strykerPlugins = [{ kind: 'Ignore', name: 'texts', value: { shouldIgnore: ignoredReason } }];
