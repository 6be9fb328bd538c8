/** Shows the progress of a run on standard error: a bar on a terminal, and plain lines elsewhere. */
import type { CheckName } from '../../core/reconcile/checks/index.ts';
import type { Progress } from '../../core/reconcile/progress.ts';

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

type PageProgress = Pick<Progress, 'check' | 'counts'>;

export interface ProgressView {
  /** Starts a run of these checks. */
  begin(checks: readonly CheckName[]): void;
  page(progress: PageProgress): void;
  /** Prints a line above the bar. */
  print(line: string): void;
  /** Removes the bar. */
  end(): void;
}

const BAR_WIDTH = 20;
const NAME_WIDTH = 18;
const PAGES_PER_LINE = 50;
const CLEAR_LINE = '\r\u001B[2K';

export function createProgressView(output: Output): ProgressView {
  return output.isTTY === true ? createBar(output) : createLines(output);
}

/** The number of checks is known, the number of pages is not: so the bar shows the check, and the text its counts. */
function createBar(output: Output): ProgressView {
  let checks: readonly CheckName[] = [];
  let bar = '';
  const draw = () => output.write(`${CLEAR_LINE}${bar.slice(0, (output.columns ?? 80) - 1)}`);
  return {
    begin: (selected) => {
      checks = selected;
    },
    page: (progress) => {
      const position = checks.indexOf(progress.check) + 1;
      const filled = Math.round((position / checks.length) * BAR_WIDTH);
      const blocks = '█'.repeat(filled).padEnd(BAR_WIDTH, '░');
      bar = `${blocks} ${position}/${checks.length} ${countsLine(progress)}`;
      draw();
    },
    print: (line) => {
      output.write(`${CLEAR_LINE}${line}\n`);
      if (bar !== '') draw();
    },
    end: () => {
      if (bar !== '') output.write(CLEAR_LINE);
      bar = '';
    },
  };
}

/** Writes a line when a check is done, and every so many pages in between. */
function createLines(output: Output): ProgressView {
  let last: PageProgress | undefined;
  let pages = 0;
  const writeLast = () => {
    if (last !== undefined) output.write(`${countsLine(last)}\n`);
    pages = 0;
  };
  return {
    begin: () => undefined,
    page: (progress) => {
      if (last !== undefined && last.check !== progress.check) writeLast();
      last = progress;
      pages += 1;
      if (pages % PAGES_PER_LINE === 0) writeLast();
    },
    print: (line) => output.write(`${line}\n`),
    end: () => {
      if (pages > 0) writeLast();
      last = undefined;
    },
  };
}

function countsLine({ check, counts }: PageProgress): string {
  const { checked, found, failed } = counts;
  return `${check.padEnd(NAME_WIDTH)} ${checked} checked, ${found} found, ${failed} failed`;
}
