// Loads a function, invokes it once, and reports when and at what cost it had its answer. Uses nothing that the
// function itself would have to load.
const [modulePath, event] = process.argv.slice(2);
const beforeImport = performance.now();
const { handler } = require(modulePath);
const importMs = performance.now() - beforeImport;
const { usage, context } = require('./usage.cjs');
Promise.resolve(handler(JSON.parse(event), context)).then(
  (answer) => {
    const answeredAtMs = performance.timeOrigin + performance.now();
    const report = JSON.stringify({ importMs, answeredAtMs, ...usage(), answer });
    process.stdout.write(`\n${report}`, () => process.exit(0));
  },
  (error) => {
    process.stderr.write(`${error?.stack ?? error}\n`, () => process.exit(1));
  },
);
