// One execution environment: loads the function once, then runs one event after another.
/* oxlint-disable unicorn/require-post-message-target-origin -- Messages between threads have no origin. */
const { readFileSync } = require('node:fs');
const { createRequire, wrap } = require('node:module');
const http = require('node:http');
const path = require('node:path');
const vm = require('node:vm');
const { parentPort, threadId, workerData } = require('node:worker_threads');

// Sends output through the same channel as the answer, so that it arrives first. The thread's own pipes keep no order.
function forwardLines(stream) {
  let rest = '';
  stream.write = (chunk, encoding, done) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) if (line !== '') parentPort.postMessage({ line });
    const written = typeof encoding === 'function' ? encoding : done;
    if (written) process.nextTick(written);
    return true;
  };
}

forwardLines(process.stdout);
forwardLines(process.stderr);

// The clock that the function sees: the machine's, moved by as much as the local cloud says.
function followClock(offsetBuffer) {
  const offset = new Float64Array(offsetBuffer);
  // oxlint-disable-next-line no-restricted-globals -- The function gets this clock in place of the machine's.
  const MachineDate = Date;
  const now = () => Math.round(MachineDate.now() + offset[0]);
  globalThis.Date = new Proxy(MachineDate, {
    construct: (target, args, newTarget) =>
      Reflect.construct(
        target,
        args.length === 0 ? [now()] : args,
        newTarget === globalThis.Date ? target : newTarget,
      ),
    apply: () => new MachineDate(now()).toString(),
    get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
}

if (workerData.clockOffset) followClock(workerData.clockOffset);

// Which invocation the calls belong to. One environment runs one event at a time.
let span;
const SPAN_HEADER = 'x-local-span';

// Names the invocation to the servers of the local cloud. They take the header off.
function nameCalls() {
  const { request } = http;
  http.request = (...args) => {
    const outgoing = request(...args);
    if (span !== undefined && !outgoing.headersSent) outgoing.setHeader(SPAN_HEADER, String(span));
    return outgoing;
  };
}

nameCalls();

function errorOf(error) {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function contextOf({ requestId, timeoutMs, functionName, memoryMb }) {
  const startedAtMs = performance.now();
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: `local/[$LATEST]${threadId}`,
    memoryLimitInMB: String(memoryMb),
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(timeoutMs - (performance.now() - startedAtMs))),
  };
}

// Runs the bundle as `require` would, but with the compiled code of an earlier environment of the same function.
function run(file) {
  const filename = require.resolve(file);
  const script = new vm.Script(wrap(readFileSync(filename, 'utf8')), {
    filename,
    ...(workerData.compiledCode && { cachedData: Buffer.from(workerData.compiledCode) }),
  });
  const loadedModule = { exports: {} };
  const { exports } = loadedModule;
  script
    .runInThisContext()
    .call(exports, exports, createRequire(filename), loadedModule, filename, path.dirname(filename));
  return { script, exports: loadedModule.exports };
}

function load() {
  let loaded;
  let script;
  try {
    ({ script, exports: loaded } = run(workerData.file));
  } catch (error) {
    const found = { ...errorOf(error) };
    if (error && error.code === 'MODULE_NOT_FOUND') found.errorType = 'Runtime.ImportModuleError';
    return { fault: found };
  }
  if (typeof loaded.handler === 'function') return { handler: loaded.handler, script };
  return {
    fault: {
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: 'index.handler is undefined or not exported',
      trace: [],
    },
  };
}

const { handler, script, fault } = load();
let compiledCodeIsKnown = workerData.compiledCode !== undefined;

parentPort.on('message', (message) => {
  void answer(message);
});

async function answer({ event, ...invocation }) {
  span = invocation.span;
  if (fault) {
    parentPort.postMessage({ fault });
    return;
  }
  let value;
  try {
    value = await handler(JSON.parse(event), contextOf(invocation));
  } catch (error) {
    parentPort.postMessage({ fault: errorOf(error) });
    return;
  }
  try {
    parentPort.postMessage({ payload: JSON.stringify(value) ?? 'null' });
  } catch (error) {
    const errorMessage = `Unable to stringify response body: ${errorOf(error).errorMessage}`;
    parentPort.postMessage({ fault: { errorType: 'Runtime.MarshalError', errorMessage, trace: [] } });
  }
  // After the first event, so that it holds the functions that V8 compiles when they are first called.
  if (!compiledCodeIsKnown) parentPort.postMessage({ compiledCode: script.createCachedData() });
  compiledCodeIsKnown = true;
}

parentPort.postMessage('loaded');
