/** How far a run is, on the error stream: a bar on a terminal, and plain lines elsewhere. */
import type { PartName } from '../../core/reconcile/parts.ts';
import type { Progress } from '../../core/reconcile/reconcile.ts';

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressView {
  /** From now on these parts are gone over. */
  begin(parts: readonly PartName[]): void;
  page(progress: Pick<Progress, 'part' | 'report'>): void;
  /** Something to be read, above the bar. */
  say(line: string): void;
  /** Takes the bar away. */
  end(): void;
}

const BAR_WIDTH = 20;
const PAGES_A_LINE = 50;
const CLEAR_LINE = '\r\u001B[2K';

export function createProgressView(output: Output): ProgressView {
  return output.isTTY === true ? barOn(output) : linesOn(output);
}

/** Parts are known beforehand, pages are not: the bar tells the part, the numbers the rest. */
function barOn(output: Output): ProgressView {
  let parts: readonly PartName[] = [];
  let bar = '';
  const draw = () => output.write(`${CLEAR_LINE}${bar.slice(0, (output.columns ?? 80) - 1)}`);
  return {
    begin: (wanted) => {
      parts = wanted;
    },
    page: (progress) => {
      const at = parts.indexOf(progress.part) + 1;
      const done = Math.round((at / parts.length) * BAR_WIDTH);
      bar = `${'█'.repeat(done).padEnd(BAR_WIDTH, '░')} ${at}/${parts.length} ${tellProgress(progress)}`;
      draw();
    },
    say: (line) => {
      output.write(`${CLEAR_LINE}${line}\n`);
      if (bar !== '') draw();
    },
    end: () => {
      if (bar !== '') output.write(CLEAR_LINE);
      bar = '';
    },
  };
}

/** A line when a part is done, and now and then on the way. */
function linesOn(output: Output): ProgressView {
  let last: Pick<Progress, 'part' | 'report'> | undefined;
  let pages = 0;
  const tell = () => {
    if (last !== undefined) output.write(`${tellProgress(last)}\n`);
    pages = 0;
  };
  return {
    begin: () => undefined,
    page: (progress) => {
      if (last !== undefined && last.part !== progress.part) tell();
      last = progress;
      pages += 1;
      if (pages % PAGES_A_LINE === 0) tell();
    },
    say: (line) => output.write(`${line}\n`),
    end: () => {
      if (pages > 0) tell();
      last = undefined;
    },
  };
}

function tellProgress({ part, report }: Pick<Progress, 'part' | 'report'>): string {
  return `${part.padEnd(13)} ${report.checked} checked, ${report.differed} differ, ${report.failed} failed`;
}
