// Runs dynalite in a process of its own, because unexpected input makes it throw where the error cannot be caught.
const { setTimeout: sleep } = require('node:timers/promises');
const dynalite = require('dynalite');
const { reportFailure, reportPort } = require('../child/port-to-parent.cjs');

const LOCKED = 'LEVEL_LOCKED';
const LOCK_PAUSE_MS = 100;
const LOCK_ATTEMPTS = 100;

const [path] = process.argv.slice(2);

// Dynalite would answer every request with an internal error if it cannot open its files.
async function checkFiles() {
  const { Level } = require(require.resolve('level', { paths: [require.resolve('dynalite')] }));
  for (let attempt = 1; ; attempt += 1) {
    const files = new Level(path);
    try {
      await files.open();
      await files.close();
      return;
    } catch (error) {
      // The child of a cloud that was killed holds the files for a moment longer.
      if (error.cause?.code !== LOCKED || attempt === LOCK_ATTEMPTS) throw error.cause ?? error;
    }
    await sleep(LOCK_PAUSE_MS);
  }
}

function fail(error) {
  reportFailure(path, error);
  process.exitCode = 1;
  process.disconnect();
}

async function main() {
  if (path) await checkFiles();
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(path ? { path } : {}),
  });
  server.listen(0, '127.0.0.1', () => reportPort(server));
}

process.on('uncaughtExceptionMonitor', (error) => {
  if (/no space left|corruption/i.test(error.message)) reportFailure(path, error);
});
main().catch(fail);
