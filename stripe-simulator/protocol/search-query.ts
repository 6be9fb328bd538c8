/**
 * Stripe's search query language: `field:'value'` and `metadata['key']` clauses, `-` for negation, joined by AND or OR.
 */
import { invalidRequest } from './stripe-error.ts';

interface Clause {
  readonly field: string;
  readonly metadataKey: string | undefined;
  readonly operator: string;
  readonly value: string;
  readonly negated: boolean;
}

export interface SearchQuery {
  readonly every: boolean;
  readonly clauses: readonly Clause[];
}

const CLAUSE_PATTERN =
  /^\s*(?<not>-)?(?<field>[a-z_]+[a-z0-9_.]*)(?:\[(?:'(?<single>[^']*)'|"(?<double>[^"]*)")\])?\s*(?<operator>:|~|>=|<=|>|<)\s*(?:'(?<quoted>(?:[^'\\]|\\.)*)'|"(?<doubleQuoted>(?:[^"\\]|\\.)*)"|(?<bare>[\w.-]+))\s*/;
const JOIN_PATTERN = /^(AND|OR)\s/i;
const MAX_CLAUSES = 10;

/** Parses a query, or throws Stripe's error. AND and OR cannot be mixed. */
export function parseSearch(text: string): SearchQuery {
  const clauses: Clause[] = [];
  const joins = new Set<string>();
  let rest = text;
  while (clauses.length < MAX_CLAUSES) {
    const match = CLAUSE_PATTERN.exec(rest);
    if (match?.groups === undefined) throw unparsable(text);
    clauses.push(clauseOf(match.groups));
    rest = rest.slice(match[0].length);
    if (rest === '') break;
    const join = JOIN_PATTERN.exec(rest);
    // A space between clauses means AND.
    joins.add(join?.[1]?.toUpperCase() ?? 'AND');
    rest = rest.slice(join?.[0].length ?? 0);
  }
  if (rest !== '' || joins.size > 1) throw unparsable(text);
  return { every: !joins.has('OR'), clauses };
}

function clauseOf(groups: Readonly<Record<string, string | undefined>>): Clause {
  const quoted = groups['quoted'] ?? groups['doubleQuoted'];
  return {
    field: groups['field'] ?? '',
    metadataKey: groups['single'] ?? groups['double'],
    operator: groups['operator'] ?? ':',
    value: quoted?.replaceAll(/\\(.)/g, '$1') ?? groups['bare'] ?? '',
    negated: groups['not'] !== undefined,
  };
}

export interface Searchable {
  readonly metadata: Readonly<Record<string, string>>;
}

/** Whether the row matches. Only the given fields and metadata are searchable; other fields throw Stripe's error. */
export function matchesSearch<T extends Searchable>(
  query: SearchQuery,
  row: T,
  fields: Readonly<Record<string, (row: T) => string | number | null>>,
): boolean {
  const test = (clause: Clause) => matchesClause(clause, row, fields) !== clause.negated;
  return query.every ? query.clauses.every(test) : query.clauses.some(test);
}

function matchesClause<T extends Searchable>(
  clause: Clause,
  row: T,
  fields: Readonly<Record<string, (row: T) => string | number | null>>,
): boolean {
  const read = fields[clause.field];
  if (clause.field === 'metadata' && clause.metadataKey !== undefined) {
    const value = row.metadata[clause.metadataKey];
    // `metadata['key']:null` matches rows without the key.
    return clause.value === 'null' ? value === undefined : value !== undefined && compare(clause, value);
  }
  if (read === undefined) {
    throw invalidRequest({
      message: `Field \`${clause.field}\` is an unsupported search field for this resource.`,
      param: 'query',
    });
  }
  const value = read(row);
  return value !== null && compare(clause, value);
}

function compare({ operator, value }: Clause, actual: string | number): boolean {
  if (typeof actual === 'number') return compareNumbers(operator, actual, Number(value));
  const text = actual.toLowerCase();
  return operator === '~' ? text.includes(value.toLowerCase()) : text === value.toLowerCase();
}

function compareNumbers(operator: string, actual: number, expected: number): boolean {
  switch (operator) {
    case '>':
      return actual > expected;
    case '>=':
      return actual >= expected;
    case '<':
      return actual < expected;
    case '<=':
      return actual <= expected;
    default:
      return actual === expected;
  }
}

function unparsable(text: string): Error {
  return invalidRequest({
    message: `We were unable to parse your search query: ${text}. Use the format \`metadata["key"]:"value"\` and join clauses with AND or OR, not both.`,
    param: 'query',
  });
}
