/** Reads Stryker's report, and compares the mutants that survived with the list of accepted ones. Pure. */

/** Both count from 1. */
interface Position {
  readonly line: number;
  readonly column: number;
}

interface ReportedMutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Position; readonly end: Position };
}

/** The parts of Stryker's report that are read here. */
export interface MutationReport {
  readonly files: Readonly<
    Record<string, { readonly source: string; readonly mutants: readonly ReportedMutant[] }>
  >;
}

/** Returns the places of the mutants that survived, in the form in which Stryker's option `mutate` takes them. */
export function rangesOfSurvivors({ files }: MutationReport): readonly string[] {
  const ranges = Object.entries(files).flatMap(([file, { mutants }]) =>
    mutants
      .filter(({ status }) => unnoticed.includes(status))
      .map(({ location: { start, end } }) => {
        // The option counts columns from 0.
        const from = `${start.line}:${start.column - 1}`;
        return `${file}:${from}-${end.line}:${end.column - 1}`;
      }),
  );
  return [...new Set(ranges)];
}

/** Returns the first report, in which the survivors that the second run noticed are killed. */
export function withSecondRun(first: MutationReport, second: MutationReport): MutationReport {
  const files = Object.entries(first.files).map(([file, { source, mutants }]) => {
    const noticedNow = new Set(
      (second.files[file]?.mutants ?? []).filter(({ status }) => noticed.includes(status)).map(identityOf),
    );
    const merged = mutants.map((mutant) =>
      unnoticed.includes(mutant.status) && noticedNow.has(identityOf(mutant))
        ? { ...mutant, status: 'Killed' }
        : mutant,
    );
    return [file, { source, mutants: merged }] as const;
  });
  return { files: Object.fromEntries(files) };
}

function identityOf({ mutatorName, replacement, location }: ReportedMutant): string {
  return JSON.stringify([mutatorName, replacement, location.start, location.end]);
}

export interface Survivor {
  readonly file: string;
  readonly line: number;
  /** The line in which the mutant begins, without the spaces around it. */
  readonly code: string;
  readonly mutator: string;
  readonly replacement: string;
}

/** A line whose surviving mutants are accepted, because they change nothing that can be observed, or nothing that matters. */
export interface AcceptedLine {
  readonly file: string;
  readonly code: string;
  readonly reason: string;
}

export interface Counts {
  readonly killed: number;
  readonly survived: number;
}

/** A mutant that never ends is noticed too. */
const noticed = ['Killed', 'Timeout'];
const unnoticed = ['Survived', 'NoCoverage'];

export function countsIn({ files }: MutationReport): Counts {
  const mutants = Object.values(files).flatMap((file) => file.mutants);
  const count = (statuses: readonly string[]) =>
    mutants.filter(({ status }) => statuses.includes(status)).length;
  return { killed: count(noticed), survived: count(unnoticed) };
}

/** Returns the share of mutants that a test or a history noticed, in percent. */
export function scoreOf({ killed, survived }: Counts): number {
  return killed + survived === 0 ? 100 : (100 * killed) / (killed + survived);
}

export function survivorsIn({ files }: MutationReport): readonly Survivor[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    return mutants
      .filter(({ status }) => unnoticed.includes(status))
      .map(({ mutatorName, replacement = '', location }) => {
        const { line } = location.start;
        const code = (lines[line - 1] ?? '').trim();
        return { file, line, code, mutator: mutatorName, replacement };
      });
  });
}

export interface Comparison {
  /** Survivors that no one has accepted. */
  readonly unexplained: readonly Survivor[];
  /** Accepted lines of the reported files without a survivor: the list is out of date. */
  readonly outdated: readonly AcceptedLine[];
}

export function compareWithAccepted(report: MutationReport, accepted: readonly AcceptedLine[]): Comparison {
  const survivors = survivorsIn(report);
  const sameLine = (a: Pick<Survivor, 'file' | 'code'>, b: Pick<Survivor, 'file' | 'code'>): boolean =>
    a.file === b.file && a.code === b.code;
  return {
    unexplained: survivors.filter((survivor) => !accepted.some((line) => sameLine(survivor, line))),
    outdated: accepted.filter(
      (line) => line.file in report.files && !survivors.some((survivor) => sameLine(survivor, line)),
    ),
  };
}

export function mergeReports(reports: readonly MutationReport[]): MutationReport {
  return { files: Object.assign({}, ...reports.map(({ files }) => files)) as MutationReport['files'] };
}
