/** `npm run simulate`: plays random histories of everything that can go wrong, and checks the promises after each. */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { checkMutants, printHistory, printRun, progressBar } from './report.ts';
import { runParallel } from './run-parallel.ts';
import { shrink } from './shrink.ts';

const HELP = `npm run simulate -- [options]

  --histories N   how many to play (default 20000)
  --from SEED     the first seed (default: of this moment)
  --seed SEED     plays the history of this seed alone, and tells it all if it breaks a promise
  --mutants       plays against deliberate faults of the protocol: each must be caught
  --workers N     processes (default: one a core)
`;

const MAX_HISTORIES_PER_MUTANT = 10_000;

async function main(): Promise<boolean> {
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
  if (values.help) {
    process.stdout.write(HELP);
    return true;
  }
  if (values.seed !== undefined) return replay(parseInteger('--seed', values.seed));
  if (values.mutants)
    return checkMutants(parseInteger('--from', values.from ?? '1'), MAX_HISTORIES_PER_MUTANT);
  const startedMs = Date.now();
  const histories = parseInteger('--histories', values.histories);
  // Seeds are 32 bits wide.
  const firstSeed = parseInteger('--from', values.from ?? String(startedMs % 1_000_000_000));
  const workers = Math.max(1, parseInteger('--workers', values.workers));
  console.log(`Seeds ${firstSeed} to ${firstSeed + histories - 1}, ${workers} processes.`);
  const played = await runParallel({ firstSeed, histories, workers }, progressBar(histories, startedMs));
  const proven = printRun(played, (Date.now() - startedMs) / 1000);
  const [first] = played.failed;
  if (first !== undefined) await replay(first);
  return proven;
}

async function replay(seed: number): Promise<boolean> {
  const shrunk = await shrink(seed);
  if (shrunk === undefined) console.log(`The history of seed ${seed} breaks no promise.`);
  else printHistory(seed, shrunk);
  return shrunk === undefined;
}

function parseInteger(flag: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number)) throw new TypeError(`${flag} wants a whole number, not ${text}.`);
  return number;
}

process.exitCode = (await main()) ? 0 : 1;
