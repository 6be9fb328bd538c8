/** The names that the code writes to its logs, read from its sources: fields, metrics, fault codes and reasons. */
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { measuredFields } from '../../contract/metrics.ts';
import { checks } from '../../core/reconcile/checks/index.ts';

const root = new URL('../../', import.meta.url);

export interface LogLine {
  /** A name, the prefix of a family (`sync_`), or null for a line without a metric that the source names. */
  readonly metric: string | null;
  readonly fields: readonly string[];
}

export interface LogNames {
  readonly lines: readonly LogLine[];
  /** Fields that lines of any metric may have. */
  readonly commonFields: ReadonlySet<string>;
  /** Members of `cause`. */
  readonly causeFields: ReadonlySet<string>;
  /** Log levels, fault codes, systems and reasons: the values of fields. */
  readonly values: ReadonlySet<string>;
  isMetric(name: string): boolean;
}

/** Reads the names from the modules that run in the functions. */
export function readLogNames(): LogNames {
  const texts = ['core', 'adapters', 'functions', 'composition'].flatMap(sourcesIn);
  const files = texts.map(({ path, text }) => ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true));
  const code = texts.map(({ text }) => text).join('\n');
  // The kind of a projection's alarm is the metric of its log line.
  const alarmKinds = new Set(files.flatMap((file) => unionOf(file, 'ProjectionAlarm')));
  return {
    lines: files.flatMap(logLines),
    commonFields: new Set(files.flatMap((file) => [...contextFields(file), ...writtenFields(file)])),
    causeFields: new Set(
      files.flatMap((file) => [...describedFields(file), ...membersOf(file, 'FaultDetails')]),
    ),
    values: new Set([
      ...files.flatMap((file) => membersOf(file, 'Log')),
      ...files.flatMap((file) => valueTypes.flatMap((name) => unionOf(file, name))),
      ...files.flatMap((file) => assignedTexts(file, 'reason')),
      ...checks.flatMap(({ reasons }) => Object.keys(reasons)),
    ]),
    isMetric: (name) => alarmKinds.has(name) || isMetricIn(name, code),
  };
}

/** The types whose literals are values of log fields. */
const valueTypes = [
  'FaultCode',
  'System',
  'OrphanAction',
  'OwnerSource',
  'SignUpStep',
  'UnansweredOutcome',
  'NoRefundReason',
];

function sourcesIn(folder: string): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => `${folder}/${file}`)
    .map((path) => ({ path, text: readFileSync(new URL(path, root), 'utf8') }));
}

/** Returns the fields of lines with this metric, and of lines whose metric the source does not name. */
export function fieldsOf({ lines }: LogNames, metric: string): readonly string[] {
  const measured = measuredFields[metric] ?? [];
  const own = lines.filter(
    (line) => line.metric === null || line.metric === metric || isFamilyOf(line.metric, metric),
  );
  return [...own.flatMap(({ fields }) => fields), ...measured];
}

function isFamilyOf(prefix: string, metric: string): boolean {
  return prefix.endsWith('_') && metric.startsWith(prefix);
}

/** Returns whether the code writes the metric, by its name or as a family such as `sync_…` with a literal ending. */
function isMetricIn(name: string, code: string): boolean {
  const [prefix = '', ...rest] = name.split('_');
  return (
    code.includes(`metric: '${name}'`) ||
    (code.includes(`metric: \`${prefix}_\${`) && code.includes(`'${rest.join('_')}'`))
  );
}

/** Reads calls such as `log.warn('…', { metric: '…', … })`. */
function logLines(file: ts.SourceFile): readonly LogLine[] {
  return callsOf(file, /\blog\.(?:info|warn|error)$/).map((call) => {
    const properties = call.arguments.flatMap((argument) => propertiesIn(argument, file));
    const metric = properties.find(({ name }) => name === 'metric')?.value;
    return {
      metric: metric === undefined ? null : metricIn(metric),
      fields: properties.map(({ name }) => name),
    };
  });
}

function metricIn(value: ts.Node): string | null {
  if (ts.isStringLiteral(value)) return value.text;
  return ts.isTemplateExpression(value) ? value.head.text : null;
}

function contextFields(file: ts.SourceFile): readonly string[] {
  const calls = callsOf(file, /(?:\blog\.addContext|^createLog)$/);
  return calls.flatMap((call) => call.arguments.flatMap((argument) => namesIn(argument, file)));
}

/** Returns the fields that the log adds to every line itself. */
function writtenFields(file: ts.SourceFile): readonly string[] {
  if (!/adapters\/system\/(?:log|embedded-metric)\.ts$/.test(file.fileName)) return [];
  return nodesOf(file, ts.isObjectLiteralExpression).flatMap((literal) => namesIn(literal, file));
}

/** Returns the fields with which the log describes an error. */
function describedFields(file: ts.SourceFile): readonly string[] {
  if (!file.fileName.endsWith('adapters/system/log.ts')) return [];
  return nodesOf(file, ts.isFunctionDeclaration)
    .filter(({ name }) => name?.text === 'describe')
    .flatMap((describe) => nodesOf(describe, ts.isObjectLiteralExpression))
    .flatMap((literal) => namesIn(literal, file));
}

interface Property {
  readonly name: string;
  readonly value: ts.Node;
}

function namesIn(node: ts.Node, file: ts.SourceFile): readonly string[] {
  return propertiesIn(node, file).map(({ name }) => name);
}

/** Returns the properties of an expression, following spreads, conditions, local constants and functions. */
function propertiesIn(node: ts.Node, file: ts.SourceFile): readonly Property[] {
  if (ts.isObjectLiteralExpression(node)) {
    return node.properties.flatMap((property) => {
      if (ts.isSpreadAssignment(property)) return propertiesIn(property.expression, file);
      if (property.name === undefined) return [];
      const value = ts.isPropertyAssignment(property) ? property.initializer : property;
      return nameTexts(property.name, file).map((name) => ({ name, value }));
    });
  }
  if (ts.isParenthesizedExpression(node)) return propertiesIn(node.expression, file);
  if (ts.isArrowFunction(node)) return propertiesIn(node.body, file);
  if (ts.isConditionalExpression(node))
    return [node.whenTrue, node.whenFalse].flatMap((branch) => propertiesIn(branch, file));
  if (ts.isIdentifier(node)) {
    return nodesOf(file, ts.isVariableDeclaration)
      .filter(({ name }) => name.getText() === node.text)
      .flatMap(({ initializer }) => (initializer === undefined ? [] : propertiesIn(initializer, file)));
  }
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return [];
  return functionsNamed(node.expression.text, file)
    .flatMap((declaration) => nodesOf(declaration, ts.isReturnStatement))
    .flatMap(({ expression }) => (expression === undefined ? [] : propertiesIn(expression, file)));
}

/** A computed name such as `[idFieldOf(id)]` may be any text that the function returns. */
function nameTexts(name: ts.PropertyName, file: ts.SourceFile): readonly string[] {
  if (!ts.isComputedPropertyName(name)) return ts.isIdentifier(name) ? [name.text] : [];
  if (!ts.isCallExpression(name.expression)) return [];
  return functionsNamed(name.expression.expression.getText(), file)
    .flatMap((declaration) => nodesOf(declaration, ts.isReturnStatement))
    .flatMap((statement) => nodesOf(statement, ts.isStringLiteral).map(({ text }) => text));
}

function functionsNamed(name: string, file: ts.SourceFile): readonly ts.FunctionDeclaration[] {
  return nodesOf(file, ts.isFunctionDeclaration).filter((declaration) => declaration.name?.text === name);
}

function callsOf(file: ts.SourceFile, callee: RegExp): readonly ts.CallExpression[] {
  return nodesOf(file, ts.isCallExpression).filter(({ expression }) => callee.test(expression.getText()));
}

function membersOf(file: ts.SourceFile, interfaceName: string): readonly string[] {
  return nodesOf(file, ts.isInterfaceDeclaration)
    .filter(({ name }) => name.text === interfaceName)
    .flatMap(({ members }) => members.map((member) => member.name?.getText() ?? ''));
}

function unionOf(file: ts.SourceFile, typeName: string): readonly string[] {
  return nodesOf(file, ts.isTypeAliasDeclaration)
    .filter(({ name }) => name.text === typeName)
    .flatMap((alias) => nodesOf(alias, ts.isStringLiteral).map(({ text }) => text));
}

function assignedTexts(file: ts.SourceFile, property: string): readonly string[] {
  return nodesOf(file, ts.isPropertyAssignment)
    .filter(({ name }) => name.getText() === property)
    .flatMap(({ initializer }) => (ts.isStringLiteral(initializer) ? [initializer.text] : []));
}

function nodesOf<T extends ts.Node>(from: ts.Node, isWanted: (node: ts.Node) => node is T): readonly T[] {
  const found: T[] = [];
  const visit = (node: ts.Node): void => {
    if (isWanted(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(from);
  return found;
}
