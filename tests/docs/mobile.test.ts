/** Compares the recipes for iOS and Android with the names that the generators make of the OpenAPI document. */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPage } from './checks.ts';
import { camelCase, isCertain, jsonNames, kotlinNames, openApi, swiftNames } from './generated-names.ts';
import { libraryNames } from './library-names.ts';
import { type Page, readPage } from './page.ts';
import { parserOf, type Recipe, type RecipeLanguage, readRecipe } from './recipe.ts';

const generatedNames = { swift: swiftNames, kotlin: kotlinNames };
/** Values of the app and of its links, and what the generator for Kotlin adds. */
const ownWords = ['pro_monthly', 'session_id', 'unknown_default_open_api'];

/** Returns the names that are neither declared on the page, nor generated, nor of a library. */
function unknownNames(language: RecipeLanguage, { declared, used }: Recipe): readonly string[] {
  const isKnown = (name: string) =>
    declared.has(name) || generatedNames[language].has(name) || libraryNames[language].has(name);
  return used.filter(({ text }) => !isKnown(text)).map(({ line, text }) => `${line}: ${text}`);
}

const isSnakeCase = (text: string) => /^[a-z]+(?:_[a-z]+)+$/.test(text);

/** Returns the names of JSON, in strings and in the prose, that the document does not have. */
function unknownFields(page: Page, { strings }: Recipe): readonly string[] {
  const inProse = page.spans.map(({ line, target }) => ({ line, text: target }));
  return [...strings, ...inProse]
    .filter(({ text }) => isSnakeCase(text) && !jsonNames.has(text) && !ownWords.includes(text))
    .map(({ line, text }) => `${line}: ${text}`);
}

describe.each([
  ['docs/ios.md', 'swift'],
  ['docs/android.md', 'kotlin'],
] as const)('The recipes of %s', (path, language) => {
  const page = loadPage(path);
  let recipe: Recipe;
  let readSample: (...lines: readonly string[]) => Recipe;

  beforeAll(async () => {
    const parser = await parserOf(language);
    recipe = readRecipe(page, language, parser);
    readSample = (...lines) =>
      readRecipe(readPage(path, ['```'.concat(language), ...lines, '```'].join('\n')), language, parser);
  });

  it('have the syntax of the language', () => {
    expect(recipe.faults.map(({ line, text }) => `${line}: ${text}`)).toEqual([]);
    expect(readSample('func f( {').faults).not.toEqual([]);
  });

  it('use only names that are declared, generated or of a library', () => {
    expect(recipe.used.length).toBeGreaterThan(150);
    expect(unknownNames(language, recipe)).toEqual([]);
  });

  it('name only fields, values and error codes of the document', () => {
    expect(unknownFields(page, recipe)).toEqual([]);
  });

  it('call every operation of the tag "me"', () => {
    const called = new Set(recipe.used.map(({ text }) => text));
    const expected = Object.entries(openApi.paths)
      .filter(([route]) => route.startsWith('/me/'))
      .flatMap(([, item]) => Object.values(item).map(({ operationId }) => operationId));
    expect(expected.filter((operationId) => !called.has(operationId))).toEqual([]);
  });

  it('are found wrong when they name an operation, a type, a field or a value that does not exist', () => {
    const assignment = language === 'swift' ? ':' : ' =';
    const wrong = readSample(
      'account.fetchEntitlements()',
      `CheckoutRequest(priceId${assignment} price)`,
      'answer.granted',
      'Flow.payment_update',
    );
    const names = ['fetchEntitlements', 'CheckoutRequest', 'priceId', 'granted', 'Flow', 'payment_update'];
    const found = unknownNames(language, wrong).map((text) => text.replace(/^\d+: /, ''));
    // Kotlin's generator makes a type of each field with an enumeration, and `Flow` is one.
    expect(found).toEqual(language === 'swift' ? names : names.filter((name) => name !== 'Flow'));
  });
});

describe('The configuration of the generator for Swift', () => {
  const page = loadPage('docs/ios.md');
  const lines = page.blocks.find(({ language }) => language === 'yaml')?.lines ?? [];
  const swift = page.blocks.filter(({ language }) => language === 'swift').flatMap((block) => block.lines);
  const overrides = lines.flatMap((line) => {
    const { schema = '', type = '' } = /^ {4}(?<schema>\w+): (?<type>\w+)$/.exec(line)?.groups ?? {};
    return schema === '' ? [] : [{ schema, type }];
  });

  it('names tags and schemas of the document', () => {
    const tags = lines.flatMap((line) => /^ {4}- (\w+)$/.exec(line)?.[1] ?? []);
    expect(tags.length).toBeGreaterThan(0);
    expect(openApi.tags.map(({ name }) => name)).toEqual(expect.arrayContaining(tags));
    expect(overrides.map(({ schema }) => schema)).toEqual([
      'EntitlementsResponse',
      'AccountDeletionResponse',
    ]);
    for (const { schema } of overrides) expect(openApi.components.schemas).toHaveProperty(schema);
  });

  it('replaces types by ones that require nothing that an answer may lack', () => {
    for (const { schema, type } of overrides) {
      const start = swift.findIndex((line) => line.startsWith(`struct ${type}:`));
      const end = swift.indexOf('}', start);
      const fields = swift.slice(start, end).flatMap((line) => {
        const { name = '', mark } = /^ {4}let (?<name>\w+): .+?(?<mark>\?)?$/.exec(line)?.groups ?? {};
        return name === '' ? [] : [{ name, isOptional: mark !== undefined }];
      });
      const inDocument = Object.keys(openApi.components.schemas[schema]?.properties ?? {});
      expect(fields.length).toBeGreaterThan(2);
      for (const { name, isOptional } of fields) {
        const field = inDocument.find((documented) => camelCase(documented) === name) ?? '';
        expect(isOptional || isCertain(schema, field), `${type}.${name}`).toBe(true);
        expect(inDocument).toContain(field);
      }
    }
  });
});

it.each([
  ['access_granted', 'accessGranted'],
  ['add_ons', 'addOns'],
  ['dynamodb_userprofiles', 'dynamodbUserprofiles'],
  ['status', 'status'],
])('The name %s becomes %s, as both generators write it', (name, expected) => {
  expect(camelCase(name)).toBe(expected);
});
