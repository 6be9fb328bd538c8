/** Compares every page with the project: links, paths, commands, JSON and diagrams. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  commandProblems,
  diagramProblems,
  jsonProblems,
  linkProblems,
  loadPage,
  markProblems,
  pagePaths,
  pathProblems,
  readScripts,
  root,
} from './checks.ts';
import { type Page, readPage } from './page.ts';

const pages = new Map(pagePaths().map((pagePath) => [pagePath, loadPage(pagePath)]));
const anchorsOf = (pagePath: string) => (pages.get(pagePath) ?? loadPage(pagePath)).anchors;
const scripts = readScripts();

describe.each([...pages.values()])('The page $path', (page) => {
  it('marks every block that is not run with a reason', () => {
    expect(markProblems(page)).toEqual([]);
  });

  it('links to files and headings that exist', () => {
    expect(linkProblems(page, anchorsOf)).toEqual([]);
  });

  it('names files and folders that exist', () => {
    expect(pathProblems(page)).toEqual([]);
  });

  it('names npm scripts and options that exist', () => {
    // The changelog also names scripts and options that no longer exist.
    expect(page.path === 'CHANGELOG.md' ? [] : commandProblems(page, scripts)).toEqual([]);
  });

  it('holds JSON and diagrams that parse', () => {
    expect([...jsonProblems(page), ...diagramProblems(page)]).toEqual([]);
  });
});

/** Returns a page with these lines, as if it were in docs/. */
function pageOf(...lines: readonly string[]): Page {
  return readPage('docs/sample.md', lines.join('\n'));
}

const places = (problems: readonly { readonly place: string }[]) => problems.map(({ place }) => place);

describe('The checks find, by page and line', () => {
  it('a block without a language, and one that cannot run and has no reason', () => {
    const marked = ['<!-- not-run: needs Xcode -->', '```swift', '```'];
    const page = pageOf('```', '```', '```swift', '```', '<!-- not-run: -->', '```swift', '```', ...marked);
    expect(places(markProblems(page))).toEqual(['docs/sample.md:1', 'docs/sample.md:3', 'docs/sample.md:6']);
  });

  it('a link to a missing file and to a missing heading', () => {
    const page = pageOf(
      '# Sample',
      '[a](missing.md) [b](contract.md#nowhere)',
      '[c](#sample) [d](../README.md)',
    );
    expect(places(linkProblems(page, anchorsOf))).toEqual(['docs/sample.md:2', 'docs/sample.md:2']);
  });

  it('an image that is missing', () => {
    expect(places(linkProblems(pageOf('<img src="images/missing.svg">'), anchorsOf))).toHaveLength(1);
  });

  it('a path that is missing, and no placeholder', () => {
    const page = pageOf('`core/missing.ts`, `functions/NAME/config.ts`, `core/`, `price/month`');
    expect(places(pathProblems(page))).toEqual(['docs/sample.md:1']);
  });

  it('a script and an option that are missing', () => {
    const page = pageOf(
      '`npm run missing`',
      '`npm run reconcile -- --missing`, `npm run reconcile -- --dry-run`',
    );
    expect(places(commandProblems(page, scripts))).toEqual(['docs/sample.md:1', 'docs/sample.md:2']);
  });

  it('JSON that does not parse', () => {
    expect(places(jsonProblems(pageOf('', '```json', '{"a": 1,}', '```')))).toEqual(['docs/sample.md:2']);
  });

  it.each([
    ['a statement that does not exist', 'A->>>B: text'],
    ['an undeclared participant', 'A->>C: text'],
    ['a message without text', 'A->>B'],
    ['a block that is not closed', 'alt text'],
    ['an end without a block', 'end'],
    ['an else outside alt', 'else text'],
  ])('a diagram with %s', (_, statement) => {
    const page = pageOf(
      '```mermaid',
      'sequenceDiagram',
      'participant A',
      'participant B as b',
      statement,
      '```',
    );
    expect(places(diagramProblems(page))).toEqual(['docs/sample.md:5']);
  });
});

it('The anchor of a heading is the one that GitHub makes', () => {
  const page = pageOf(
    '## `GET /me/entitlements`',
    '## The policy',
    '## The policy',
    '## Übrig: a [link](x.md)!',
  );
  expect([...page.anchors]).toEqual(['get-meentitlements', 'the-policy', 'the-policy-1', 'übrig-a-link']);
});

it('The changelog has a section for the current version, with its date', () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  const headings = loadPage('CHANGELOG.md').lines.filter((line) => line.startsWith('## '));
  expect(headings[0]).toBe('## [Unreleased]');
  expect(headings[1]).toMatch(new RegExp(String.raw`^## \[${version}\] - \d{4}-\d\d-\d\d$`));
});
