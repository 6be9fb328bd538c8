/**
 * A strict subset of Mermaid's sequence diagrams: the statements that the pages use. Mermaid's own parser brings more
 * than a hundred packages and a DOM, so a diagram of another type, or another statement, is refused until it is added.
 */

export interface DiagramFault {
  /** Counts from 1 within the diagram. */
  readonly line: number;
  readonly message: string;
}

const NAME = String.raw`[A-Za-z]\w*`;
/** Mermaid ends a statement at `;` and reads `#` as the start of an entity code. */
const TEXT = '[^;#]+';
const ARROW = '(?:-->>|->>|-->|->|--x|-x|--\\)|-\\))';
const PARTICIPANT = new RegExp(`^(?:participant|actor) (?<name>${NAME})(?: as ${TEXT})?$`);
const MESSAGE = new RegExp(`^(?<from>${NAME})${ARROW}[+-]?(?<to>${NAME}): ${TEXT}$`);
const NOTE = new RegExp(`^Note (?:over|left of|right of) (?<names>${NAME}(?:,${NAME})?): ${TEXT}$`);
const OPENING = new RegExp(`^(?<kind>alt|opt|loop|par|critical|break) ${TEXT}$`);
const DIVIDER = new RegExp(`^(?<kind>else|and|option)(?: ${TEXT})?$`);

const dividedBy: Readonly<Record<string, string>> = { else: 'alt', and: 'par', option: 'critical' };

export function diagramFaults(lines: readonly string[]): readonly DiagramFault[] {
  const faults: DiagramFault[] = [];
  const participants = new Set<string>();
  const open: string[] = [];
  const statements = lines.map((text, index) => ({ text: text.trim(), line: index + 1 }));
  const [first, ...rest] = statements.filter(({ text }) => text !== '');
  if (first?.text !== 'sequenceDiagram') {
    return [{ line: first?.line ?? 1, message: 'the diagram does not begin with sequenceDiagram' }];
  }
  for (const { text, line } of rest) {
    const message = faultOf(text, { participants, open });
    if (message !== undefined) faults.push({ line, message });
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) faults.push({ line: lines.length, message: `${unclosed} has no end` });
  return faults;
}

interface State {
  readonly participants: Set<string>;
  readonly open: string[];
}

/** Mermaid adds a participant at its first use. Here an undeclared name is a typo. */
function faultOf(text: string, { participants, open }: State): string | undefined {
  const declared = PARTICIPANT.exec(text)?.groups?.['name'];
  if (declared !== undefined) {
    participants.add(declared);
    return undefined;
  }
  if (text === 'end') return open.pop() === undefined ? 'end closes nothing' : undefined;
  const opened = OPENING.exec(text)?.groups?.['kind'];
  if (opened !== undefined) {
    open.push(opened);
    return undefined;
  }
  const divider = DIVIDER.exec(text)?.groups?.['kind'];
  if (divider !== undefined) {
    return open.at(-1) === dividedBy[divider] ? undefined : `${divider} is not inside ${dividedBy[divider]}`;
  }
  const { from, to, names } = MESSAGE.exec(text)?.groups ?? NOTE.exec(text)?.groups ?? {};
  const used = names?.split(',') ?? [from, to].filter((name) => name !== undefined);
  if (used.length === 0) return `"${text}" is not a statement of a sequence diagram`;
  const unknown = used.find((name) => !participants.has(name));
  return unknown === undefined ? undefined : `${unknown} is not a participant`;
}
