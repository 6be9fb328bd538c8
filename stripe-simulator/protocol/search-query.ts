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

/** The searchable fields of a resource, besides its metadata. */
export type SearchFields<T> = Readonly<Record<string, (row: T) => string | number | null>>;

/** Returns the test for rows. A field that is not searchable throws Stripe's error, also when there are no rows. */
export function searchTest<T extends Searchable>(
  query: SearchQuery,
  fields: SearchFields<T>,
): (row: T) => boolean {
  const tests = query.clauses.map((clause) => {
    const test = clauseTest(clause, fields);
    return clause.negated ? (row: T) => !test(row) : test;
  });
  return query.every ? (row) => tests.every((test) => test(row)) : (row) => tests.some((test) => test(row));
}

/** Returns a text that every row of the result has in the field, whatever its case, or undefined. */
export function requiredText(query: SearchQuery, field: string): string | undefined {
  if (!query.every) return undefined;
  return query.clauses.find((one) => one.field === field && one.operator === ':' && !one.negated)?.value;
}

function clauseTest<T extends Searchable>(clause: Clause, fields: SearchFields<T>): (row: T) => boolean {
  const { field, metadataKey } = clause;
  const isMatch = comparison(clause);
  if (field === 'metadata' && metadataKey !== undefined) {
    // `metadata['key']:null` matches rows without the key.
    if (clause.value === 'null') return (row) => row.metadata[metadataKey] === undefined;
    return (row) => {
      const value = row.metadata[metadataKey];
      return value !== undefined && isMatch(value);
    };
  }
  const read = fields[field];
  if (read === undefined) {
    throw invalidRequest({
      message: `Field \`${field}\` is an unsupported search field for this resource.`,
      param: 'query',
    });
  }
  return (row) => {
    const value = read(row);
    return value !== null && isMatch(value);
  };
}

function comparison({ operator, value }: Clause): (actual: string | number) => boolean {
  const wanted = value.toLowerCase();
  const wantedNumber = Number(value);
  return (actual) => {
    if (typeof actual === 'number') return compareNumbers(operator, actual, wantedNumber);
    const text = actual.toLowerCase();
    return operator === '~' ? text.includes(wanted) : text === wanted;
  };
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
