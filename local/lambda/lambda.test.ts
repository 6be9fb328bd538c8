import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestCloud, type TestCloud } from '../../tests/support/test-cloud.ts';

describe('Lambda', () => {
  let cloud: TestCloud;

  beforeAll(async () => {
    const quick = { timeoutSeconds: 5 };
    cloud = await startTestCloud({
      concurrency: 2,
      env: { TABLE: 'a table' },
      functions: {
        echo: { ...quick, body: 'return { event, name: context.functionName, id: context.awsRequestId };' },
        environment: { ...quick, body: 'return process.env;' },
        remaining: { ...quick, body: 'return context.getRemainingTimeInMillis();' },
        counter: { ...quick, body: 'globalThis.n = (globalThis.n ?? 0) + 1; return globalThis.n;' },
        throwing: { ...quick, body: 'class Sad extends Error { name = "Sad" }; throw new Sad("no luck");' },
        slow: { timeoutSeconds: 0.3, body: 'await new Promise(() => setInterval(() => {}, 1000));' },
        busy: { timeoutSeconds: 0.3, body: 'if (event.spin) for (;;); return "again";' },
        exiting: { ...quick, body: 'if (event.exit) process.exit(3); return "alive";' },
        crashing: {
          ...quick,
          body: 'setImmediate(() => { throw new Error("late") }); await new Promise(() => {});',
        },
        nothing: { ...quick, body: '' },
        circular: { ...quick, body: 'const a = {}; a.a = a; return a;' },
        huge: { ...quick, body: 'return "x".repeat(7 * 1024 * 1024);' },
        writing: { ...quick, body: 'console.log("one"); console.error("two");' },
        waiting: {
          ...quick,
          body: 'globalThis.now = (globalThis.now ?? 0) + 1; const at = globalThis.now; await new Promise((r) => setTimeout(r, 30)); globalThis.now -= 1; return { at, thread: require("worker_threads").threadId };',
        },
        rebuilt: { ...quick, body: 'return "old";' },
      },
    });
  });
  afterAll(() => cloud.close());

  it('passes the event to the function with a context that names it, and returns the result', async () => {
    const result = await cloud.lambda.invoke('echo', { a: ['ü', 1] });
    expect(result).toEqual({
      ok: true,
      payload: { event: { a: ['ü', 1] }, name: 'echo', id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
  });

  it('gives a function its own environment and no variables of the parent process', async () => {
    const result = await cloud.lambda.invoke('environment', {});
    expect(result).toMatchObject({
      ok: true,
      payload: { TABLE: 'a table', AWS_LAMBDA_FUNCTION_NAME: 'environment' },
    });
    expect(Object.keys(result.ok ? (result.payload as object) : {})).not.toContain('PATH');
  });

  it('gives a function its remaining time', async () => {
    const result = await cloud.lambda.invoke('remaining', {});
    expect(result.ok && result.payload).toBeGreaterThan(4_000);
    expect(result.ok && result.payload).toBeLessThanOrEqual(5_000);
  });

  it('keeps a function loaded between two events', async () => {
    await cloud.lambda.recycle();
    await cloud.lambda.invoke('counter', {});
    expect(await cloud.lambda.invoke('counter', {})).toEqual({ ok: true, payload: 2 });
  });

  it('discards what functions hold in memory when it recycles them', async () => {
    await cloud.lambda.invoke('counter', {});
    await cloud.lambda.recycle();
    expect(await cloud.lambda.invoke('counter', {})).toEqual({ ok: true, payload: 1 });
  });

  it('returns the name and message of an error that a function throws', async () => {
    expect(await cloud.lambda.invoke('throwing', {})).toMatchObject({
      ok: false,
      errorType: 'Sad',
      errorMessage: 'no luck',
    });
  });

  it('stops a function that exceeds its timeout, even in an endless loop, and runs the next event in a new worker', async () => {
    expect(await cloud.lambda.invoke('slow', {})).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(/Task timed out after 0\.30 seconds$/),
    });
    expect(await cloud.lambda.invoke('busy', { spin: true })).toMatchObject({
      errorType: 'Sandbox.Timedout',
    });
    expect(await cloud.lambda.invoke('busy', {})).toEqual({ ok: true, payload: 'again' });
  });

  it('survives a function that exits or crashes, and runs the next event in a new worker', async () => {
    expect(await cloud.lambda.invoke('exiting', { exit: true })).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('exit status 3'),
    });
    expect(await cloud.lambda.invoke('exiting', {})).toEqual({ ok: true, payload: 'alive' });
    expect(await cloud.lambda.invoke('crashing', {})).toMatchObject({ errorType: 'Runtime.ExitError' });
  });

  it('returns null for a function without a result, and fails for results that cannot be sent', async () => {
    expect(await cloud.lambda.invoke('nothing', {})).toEqual({ ok: true, payload: null });
    expect(await cloud.lambda.invoke('circular', {})).toMatchObject({ errorType: 'Runtime.MarshalError' });
    expect(await cloud.lambda.invoke('huge', {})).toMatchObject({
      errorType: 'Function.ResponseSizeTooLarge',
    });
  });

  it('runs one event at a time per worker, starts workers up to the limit, and queues the remaining events', async () => {
    const results = await Promise.all(Array.from({ length: 6 }, () => cloud.lambda.invoke('waiting', {})));
    const answers = results.map((result) =>
      result.ok ? (result.payload as { at: number; thread: number }) : undefined,
    );
    expect(answers.map((answer) => answer?.at)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(new Set(answers.map((answer) => answer?.thread)).size).toBe(2);
  });

  it('logs the output of a function line by line', async () => {
    await cloud.lambda.invoke('writing', {});
    await vi.waitFor(async () => {
      const lines = cloud.lines
        .filter(({ functionName }) => functionName === 'writing')
        .map(({ line }) => line);
      expect(lines.toSorted()).toEqual(['one', 'two']);
      const log = await readFile(path.join(cloud.directory, 'logs', 'writing.log'), 'utf8');
      expect(log.trim().split('\n').toSorted()).toEqual(['one', 'two']);
    });
  });

  it('runs the new code of a function after a build', async () => {
    expect(await cloud.lambda.invoke('rebuilt', {})).toEqual({ ok: true, payload: 'old' });
    await cloud.replaceFunction('rebuilt', 'return "new";');
    expect(await cloud.lambda.invoke('rebuilt', {})).toEqual({ ok: true, payload: 'new' });
  });

  it('reports an unknown function', async () => {
    expect(await cloud.lambda.invoke('unknown', {})).toMatchObject({
      errorType: 'ResourceNotFoundException',
    });
  });
});

describe("Lambda's Invoke API", () => {
  let cloud: TestCloud;

  beforeAll(async () => {
    cloud = await startTestCloud({
      functions: {
        echo: { timeoutSeconds: 5, body: 'return event;' },
        throwing: { timeoutSeconds: 5, body: 'throw new TypeError("no luck");' },
      },
    });
  });
  afterAll(() => cloud.close());

  const invoke = (name: string, body: string): Promise<Response> =>
    fetch(`${cloud.api}/2015-03-31/functions/${name}/invocations`, { method: 'POST', body });

  it('returns the result of the function', async () => {
    const response = await invoke('echo', '{"a":"ü"}');
    expect(response.status).toBe(200);
    expect(response.headers.has('x-amz-function-error')).toBe(false);
    expect(await response.json()).toEqual({ a: 'ü' });
  });

  it('marks the response of a failed function', async () => {
    const response = await invoke('throwing', '{}');
    expect(response.status).toBe(200);
    expect(response.headers.get('x-amz-function-error')).toBe('Unhandled');
    expect(await response.json()).toMatchObject({ errorType: 'TypeError', errorMessage: 'no luck' });
  });

  it('answers 404 for an unknown function and 400 for a malformed event', async () => {
    expect((await invoke('unknown', '{}')).status).toBe(404);
    expect((await invoke('echo', '{')).status).toBe(400);
  });
});
