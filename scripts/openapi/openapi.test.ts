import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { functionSpecs, type HttpRoute } from '../../contract/functions.ts';
import { operations } from '../../contract/operations.ts';
import { problems } from '../../contract/problem.ts';
import { violationsAt, violationsOf } from '../../tests/support/openapi.ts';
import { clientTypesOf } from './client-types.ts';
import { openApiDocument } from './document.ts';
import { choicesOfNull, nullableFields, schemasWith } from './walk.ts';

interface Part {
  readonly content?: Readonly<
    Record<string, { readonly examples?: Readonly<Record<string, { readonly value: object }>> }>
  >;
}
interface OperationObject {
  readonly requestBody?: Part;
  readonly responses: Readonly<Record<string, Part>>;
}
interface OpenApi {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

const text = readFileSync(new URL('../../contract/openapi.json', import.meta.url), 'utf8');
const document: OpenApi = JSON.parse(text);
const routes = Object.values(functionSpecs).flatMap((spec): readonly HttpRoute[] =>
  'routes' in spec ? spec.routes : [],
);

const entitlements = {
  method: 'GET',
  path: '/me/entitlements',
  status: 200,
  contentType: 'application/json',
};
const ofEntitlements = document.paths['/me/entitlements']?.['get']?.responses['200'];
const subscriber = ofEntitlements?.content?.['application/json']?.examples?.['subscriber']?.value;

describe('The OpenAPI document', () => {
  it('is the one that npm run openapi writes', () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument(version))));
  });

  it('is what the types of the client package are made of', async () => {
    const types = readFileSync(new URL('../../client/core/openapi.ts', import.meta.url), 'utf8');
    expect(types).toBe(await clientTypesOf(openApiDocument('')));
  });

  it('passes an independent linter without an error or a warning', async () => {
    const config = await createConfig({
      extends: ['recommended'],
      // The default server of the document is the local cloud.
      rules: { 'no-server-example.com': 'off' },
    });
    const found = await lintFromString({ source: text, absoluteRef: 'openapi.json', config });
    expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
  });

  it('describes every route, and no other', () => {
    const named = routes.map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(operations).sort()).toEqual(named.sort());
  });

  it('contains every error code, with an example', () => {
    const codes = new Set<string>();
    for (const { method, path } of routes) {
      const { responses = {} } = document.paths[path]?.[method.toLowerCase()] ?? {};
      for (const [status, { content }] of Object.entries(responses)) {
        const { examples = {} } = content?.['application/problem+json'] ?? {};
        for (const [code, { value }] of Object.entries(examples)) {
          codes.add(code);
          expect(value).toMatchObject({ code, status: Number(status) });
        }
      }
    }
    expect([...codes].sort()).toEqual(Object.keys(problems).sort());
  });

  it('allows null wherever a type of the contract does', () => {
    const fields = nullableFields(document.components.schemas);
    expect(fields.length).toBeGreaterThan(20);
    const refused = fields.filter(({ type, field }) => {
      const schema = ['components', 'schemas', type, 'properties', field];
      return violationsAt(schema, null).length > 0;
    });
    expect(refused).toEqual([]);
  });

  it('says null in the type of a field, since the generator for Swift leaves out a field with a choice of null', () => {
    expect(choicesOfNull(document)).toEqual([]);
  });

  it('gives whole numbers 64 bits, since a time after 2038 has no place in 32', () => {
    const numbers = schemasWith(document.components.schemas, 'integer');
    expect(numbers.length).toBeGreaterThan(8);
    const short = numbers.filter(({ schema }) => schema['format'] !== 'int64');
    expect(short.map(({ pointer }) => pointer)).toEqual([]);
  });

  it('has examples that its own schemas allow', () => {
    const bodies = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { requestBody, responses }]) => {
        const pointer = ['paths', path, method];
        return [
          ...examplesIn([...pointer, 'requestBody'], requestBody),
          ...Object.entries(responses).flatMap(([status, response]) =>
            examplesIn([...pointer, 'responses', status], response),
          ),
        ];
      }),
    );
    expect(bodies.length).toBeGreaterThan(40);
    for (const { pointer, value } of bodies) expect(violationsAt(pointer, value)).toEqual([]);
  });
});

describe('The check of an answer', () => {
  it('accepts what the document describes', () => {
    expect(violationsOf({ ...entitlements, body: subscriber })).toEqual([]);
  });

  it.each([
    ['a missing field', { ...subscriber, source: undefined }],
    ['a field that the document lacks', { ...subscriber, color: 'green' }],
    ['another type', { ...subscriber, current_period_end: '2026-12-31' }],
    ['a fraction of a second', { ...subscriber, current_period_end: 1.5 }],
    ['an unknown status', { ...subscriber, status: 'paused' }],
  ])('rejects %s', (_, body) => {
    expect(violationsOf({ ...entitlements, body: JSON.parse(JSON.stringify(body)) })).not.toEqual([]);
  });

  it('rejects an unknown route, an undescribed status and an error code of another route', () => {
    const refused = { type: 'about:blank', title: 't', status: 400, code: 'price_not_allowed', error: 't' };
    const problem = { contentType: 'application/problem+json', body: refused };
    expect(violationsOf({ ...entitlements, path: '/nowhere', body: subscriber })).not.toEqual([]);
    expect(violationsOf({ ...entitlements, status: 204, body: null })).not.toEqual([]);
    expect(violationsOf({ ...entitlements, ...problem, status: 400 })).not.toEqual([]);
    const portal = { method: 'POST', path: '/me/billing-portal-session', status: 400 };
    expect(violationsOf({ ...portal, ...problem })).not.toEqual([]);
    expect(violationsOf({ ...portal, ...problem, path: '/me/checkout-session' })).toEqual([]);
  });
});

function examplesIn(pointer: readonly string[], part: Part | undefined) {
  return Object.entries(part?.content ?? {}).flatMap(([type, { examples = {} }]) =>
    Object.values(examples).map(({ value }) => {
      return { pointer: [...pointer, 'content', type, 'schema'], value };
    }),
  );
}
