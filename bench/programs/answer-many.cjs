// Loads a function and stays: invokes it with the events that each message brings, so many at a time, and reports the
// CPU and the time that these invocations took.
const [modulePath] = process.argv.slice(2);
const { handler } = require(modulePath);
const { context } = require('./usage.cjs');

process.on('message', async ({ events, concurrency }) => {
  const invocations = events.map((event) => JSON.parse(event));
  const answers = [];
  let next = 0;
  const worker = async () => {
    while (next < invocations.length) {
      const event = invocations[next];
      next += 1;
      const answer = await handler(event, context);
      if (answers.length === 0) answers.push(answer);
      if (answer?.statusCode >= 300) throw new Error(`${answer.statusCode} ${answer.body}`);
    }
  };
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: concurrency }, worker));
  const wallMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  process.send({ cpuMs: (user + system) / 1000, wallMs, heapUsed, rss, answer: answers[0] });
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
