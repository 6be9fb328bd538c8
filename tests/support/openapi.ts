/** Checks answers against `contract/openapi.json`. */
import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { functionSpecs } from '../../contract/functions.ts';

type Json = { readonly [name: string]: unknown };

const ID = 'openapi.json';
const document = strict(
  JSON.parse(readFileSync(new URL('../../contract/openapi.json', import.meta.url), 'utf8')),
) as { readonly paths: Readonly<Record<string, Json>> };

const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { int64: true } });
ajv.addSchema({ $id: ID, ...document });
const validators = new Map<string, ValidateFunction>();

export interface AnsweredRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Without parameters, such as the character set. */
  readonly contentType: string;
  readonly body: unknown;
}

/** Returns what the document does not allow, in sentences. Empty: nothing. */
export function violationsOf({
  method,
  path,
  status,
  contentType,
  body,
}: AnsweredRequest): readonly string[] {
  const operation = document.paths[path]?.[method.toLowerCase()] as Json | undefined;
  if (operation === undefined) return [`${method} ${path} is not in the document.`];
  const pointer = ['paths', path, method.toLowerCase(), 'responses', String(status)];
  const response = at(pointer);
  if (response === undefined) return [`${method} ${path} never answers ${status}.`];
  if (at([...pointer, 'content']) === undefined) {
    const isEmpty = contentType === '' && Object.keys(body ?? {}).length === 0;
    return isEmpty ? [] : [`${method} ${path} answers ${status} without a body.`];
  }
  const content = [...pointer, 'content', contentType, 'schema'];
  if (at(content) === undefined) return [`${method} ${path} answers ${status} never as ${contentType}.`];
  return violationsAt(content, body).map((text) => `${method} ${path} ${status}: ${text}`);
}

/** Checks a value against the schema at a path of the document. */
export function violationsAt(path: readonly string[], value: unknown): readonly string[] {
  const ref = `${ID}#/${path.map(pointerPart).join('/')}`;
  const validate = validators.get(ref) ?? ajv.compile({ $ref: ref });
  validators.set(ref, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${instancePath || 'the body'} ${message} ${JSON.stringify(params)}`;
  });
}

/** Checks what a function answered, by the route of its event. An event of no route may have any answer of the function. */
export function violationsOfFunction(
  name: keyof typeof functionSpecs,
  event: unknown,
  answer: {
    readonly statusCode: number;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
  },
): readonly string[] {
  const spec = functionSpecs[name];
  const routes = 'routes' in spec ? spec.routes : [];
  const contentType = answer.headers['Content-Type'] ?? '';
  const { rawPath, path } = event as { rawPath?: unknown; path?: unknown };
  const named = routes.filter((route) => route.path === (rawPath ?? path));
  const answers = (named.length > 0 ? named : routes).map((route) =>
    violationsOf({ ...route, status: answer.statusCode, contentType, body: answer.body }),
  );
  return answers.find((violations) => violations.length === 0) ?? answers[0] ?? [];
}

function at(path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Json | undefined)?.[name], document);
}

function pointerPart(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

/** The document lets clients meet fields that are added later. What the functions answer today must all be described. */
function strict(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strict);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, part]) => [name, strict(part)] as const);
  const isObjectType = 'type' in value && value.type === 'object' && 'properties' in value;
  return Object.fromEntries(isObjectType ? [...entries, ['additionalProperties', false]] : entries);
}
