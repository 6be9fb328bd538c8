/** `npm run simulate`: runs random histories with faults and checks the invariants after each. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { checkMutants, printHistory, printRun, progressBar } from './report.ts';
import { runParallel } from './run-parallel.ts';
import { shrink } from './shrink.ts';

const HELP = `npm run simulate -- [options]

Runs random histories with faults and checks the invariants of docs/protocol.md after each.

  --histories N   the number of histories (default: 20000)
  --from SEED     the first seed (default: taken from the clock; 1 with --mutants)
  --seed SEED     runs only the history of this seed, and prints its shrunk trace if it fails
  --mutants       runs histories against each deliberate defect of the protocol until one fails
  --workers N     the number of processes (default: one per core)
  --help          prints this text

Exits with 1 if an invariant was violated, a mutant was not caught, or a required event never happened.
`;

const MAX_HISTORIES_PER_MUTANT = 10_000;

type Options =
  | { readonly command: 'help' }
  | { readonly command: 'replay'; readonly seed: number }
  | { readonly command: 'mutants'; readonly firstSeed: number }
  | {
      readonly command: 'run';
      readonly histories: number;
      readonly firstSeed: number;
      readonly workers: number;
    };

function readOptions(nowMs: number): Options {
  const { values } = parseArgs({
    options: {
      histories: { type: 'string', default: '20000' },
      from: { type: 'string' },
      seed: { type: 'string' },
      mutants: { type: 'boolean', default: false },
      workers: { type: 'string', default: String(availableParallelism()) },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { command: 'help' };
  if (values.seed !== undefined) return { command: 'replay', seed: parseInteger('--seed', values.seed) };
  if (values.mutants) return { command: 'mutants', firstSeed: parseInteger('--from', values.from ?? '1') };
  return {
    command: 'run',
    histories: parseInteger('--histories', values.histories),
    // Seeds have 32 bits.
    firstSeed: parseInteger('--from', values.from ?? String(nowMs % 1_000_000_000)),
    workers: Math.max(1, parseInteger('--workers', values.workers)),
  };
}

function parseInteger(flag: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new TypeError(`${flag} must be a whole number, not "${text}".`);
  return number;
}

async function run(options: Options): Promise<boolean> {
  if (options.command === 'replay') return replay(options.seed);
  if (options.command === 'mutants') return checkMutants(options.firstSeed, MAX_HISTORIES_PER_MUTANT);
  if (options.command === 'run') return runAll(options);
  process.stdout.write(HELP);
  return true;
}

async function runAll(options: Extract<Options, { command: 'run' }>): Promise<boolean> {
  const { firstSeed, histories, workers } = options;
  const startedMs = Date.now();
  console.log(`Running seeds ${firstSeed} to ${firstSeed + histories - 1} in ${workers} processes.`);
  const result = await runParallel({ firstSeed, histories, workers }, progressBar(histories, startedMs));
  const passed = printRun(result, (Date.now() - startedMs) / 1000);
  const [first] = result.failed;
  if (first !== undefined) await replay(first);
  return passed;
}

async function replay(seed: number): Promise<boolean> {
  const shrunk = await shrink(seed);
  if (shrunk === undefined) console.log(`The history of seed ${seed} violates no invariant.`);
  else printHistory(seed, shrunk);
  return shrunk === undefined;
}

function optionsOrUsage(): Options | undefined {
  try {
    return readOptions(Date.now());
  } catch (error) {
    console.error(
      `${error instanceof Error ? error.message : String(error)}\nRun npm run simulate -- --help.`,
    );
    return undefined;
  }
}

const options = optionsOrUsage();
process.exitCode = options !== undefined && (await run(options)) ? 0 : 1;
