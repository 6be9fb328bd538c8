/** A Markdown page as the docs test reads it: fenced blocks with their marks, headings with their anchors, links. */

export interface Page {
  /** The path of the page, relative to the root of the project. */
  readonly path: string;
  readonly lines: readonly string[];
  readonly blocks: readonly Block[];
  readonly anchors: ReadonlySet<string>;
  readonly links: readonly Reference[];
  /** Code spans in the prose, such as `core/sync/sync.ts`. */
  readonly spans: readonly Reference[];
}

export interface Block {
  /** The line of the opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly mark: Mark;
  /** The text of the block, without the indentation of the fence. */
  readonly lines: readonly string[];
}

/**
 * A comment before the opening fence, which readers do not see:
 *
 *     <!-- not-run: REASON -->   the block is not run
 *     <!-- exits: 2 -->          commands of the block may also end with this code
 *     <!-- output -->            the block shows what the one before it prints; `…` is any text
 *
 * `<!-- page not-run: REASON -->` holds for all blocks that follow on the page. A block without a mark runs, and each
 * of its commands ends with exit code 0.
 */
export type Mark =
  | { readonly kind: 'run'; readonly exitCodes: readonly number[] }
  | { readonly kind: 'not_run'; readonly reason: string }
  | { readonly kind: 'output' };

export interface Reference {
  readonly line: number;
  readonly target: string;
}

const FENCE = /^(?<indent>\s*)(?<ticks>`{3,})(?<language>.*)$/;
const PAGE_MARK = /^<!-- page not-run: (?<reason>\S.*) -->$/;
const BLOCK_MARK =
  /^\s*<!-- (?:not-run: (?<reason>\S.*)|exits: (?<codes>\d+(?: \d+)*)|(?<output>output)) -->$/;
const HEADING = /^#{1,6} (?<text>.+)$/;
const LINK = /\]\((?<target>[^()\s]+)\)|\b(?:src|srcset|href)="(?<attribute>[^"]+)"/g;
const CODE_SPAN = /`(?<code>[^`]+)`/g;

export function readPage(path: string, text: string): Page {
  const lines = text.split('\n');
  const blocks: Block[] = [];
  const prose: Reference[] = [];
  let pageReason: string | undefined;
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] ?? '';
    pageReason = PAGE_MARK.exec(line)?.groups?.['reason'] ?? pageReason;
    const opening = FENCE.exec(line)?.groups;
    if (opening === undefined) {
      prose.push({ line: index + 1, target: line });
      continue;
    }
    const { indent = '', ticks = '', language = '' } = opening;
    const end = lines.findIndex((other, at) => at > index && other.trim() === ticks);
    const last = end === -1 ? lines.length : end;
    blocks.push({
      line: index + 1,
      language,
      mark:
        pageReason === undefined
          ? readMark(lines.slice(0, index).findLast((before) => before.trim() !== '') ?? '')
          : { kind: 'not_run', reason: pageReason },
      lines: lines.slice(index + 1, last).map((content) => withoutIndent(content, indent)),
    });
    index = last;
  }
  return {
    path,
    lines,
    blocks,
    anchors: anchorsOf(prose.map(({ target }) => target)),
    links: prose.flatMap(linksIn),
    spans: prose.flatMap(({ line, target }) =>
      [...target.matchAll(CODE_SPAN)].map(({ groups }) => ({ line, target: groups?.['code'] ?? '' })),
    ),
  };
}

function readMark(lineBefore: string): Mark {
  const { reason, codes, output } = BLOCK_MARK.exec(lineBefore)?.groups ?? {};
  if (reason !== undefined) return { kind: 'not_run', reason };
  if (output !== undefined) return { kind: 'output' };
  return { kind: 'run', exitCodes: codes?.split(' ').map(Number) ?? [] };
}

function withoutIndent(line: string, indent: string): string {
  return line.startsWith(indent) ? line.slice(indent.length) : line.trimStart();
}

function linksIn({ line, target: text }: Reference): readonly Reference[] {
  return [...text.replaceAll(CODE_SPAN, '').matchAll(LINK)].map(({ groups }) => ({
    line,
    target: groups?.['target'] ?? groups?.['attribute'] ?? '',
  }));
}

/** GitHub's rule: lower case, punctuation dropped, spaces to hyphens, a number on every repetition. */
function anchorsOf(prose: readonly string[]): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const line of prose) {
    const heading = HEADING.exec(line)?.groups?.['text'];
    if (heading === undefined) continue;
    const slug = heading
      .replaceAll(/\[(?<text>[^\]]*)\]\([^)]*\)/g, '$<text>')
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let anchor = slug;
    for (let repetition = 1; anchors.has(anchor); repetition++) anchor = `${slug}-${repetition}`;
    anchors.add(anchor);
  }
  return anchors;
}
