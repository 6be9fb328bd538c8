/** Keeps one server running in a child process: starts it, restarts it when it dies, and stops it cleanly. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { CloudFailure, fileFailure, RESET_ADVICE } from '../cloud/failure.ts';

export interface ChildSpec {
  readonly name: string;
  /** A plain JavaScript file. It sends `{ port }` once it listens, and exits when the parent disconnects. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Receives the reason when the child exits with an error. */
  readonly onExit?: (detail: string) => void;
  /** Called when no restart helps: the child cannot read or write its data, or keeps dying right after its start. */
  readonly onFailure?: (error: Error) => void;
}

export interface SupervisedChild {
  /** Returns the port of the running child. Waits while the child restarts. */
  port(): Promise<number>;
  /** To be sent with every request. The child refuses those of others. */
  readonly headers: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** A child that dies this often right after its start is broken, and another restart would only hide that. */
const MAX_QUICK_DEATHS = 20;
const QUICK_DEATH_MS = 5_000;
const STOP_TIMEOUT_MS = 3_000;

interface RunningChild {
  readonly process: ChildProcess;
  readonly port: Promise<number>;
  /** Resolves with the reason. */
  readonly exited: Promise<string>;
}

export function superviseChild(spec: ChildSpec): SupervisedChild {
  const secret = randomUUID();
  let closing = false;
  let quickDeaths = 0;
  let failed = false;
  let current = start();

  function start(): RunningChild {
    const startedAt = performance.now();
    const child = startChild({ ...spec, env: { ...spec.env, PARENT_SECRET: secret } });
    child.process.on('message', (message) => {
      const failure = failureIn(message);
      if (failure !== undefined) fail(failure);
    });
    void child.exited.then((detail) => {
      quickDeaths = performance.now() - startedAt < QUICK_DEATH_MS ? quickDeaths + 1 : 0;
      if (closing || failed) return;
      if (quickDeaths < MAX_QUICK_DEATHS) current = start();
      else fail(new CloudFailure(`${detail} It stopped ${MAX_QUICK_DEATHS} times in a row. ${RESET_ADVICE}`));
    });
    return child;
  }

  function fail(error: Error): void {
    failed = true;
    spec.onFailure?.(error);
  }

  return {
    port: () => current.port,
    headers: { 'x-parent-secret': secret },
    async close() {
      closing = true;
      await stopChild(current);
    },
  };
}

function startChild(spec: ChildSpec): RunningChild {
  const child = fork(spec.entry, spec.args, {
    cwd: spec.cwd,
    env: { ...spec.env },
    // The parent may run under tsx or vitest; the child is plain JavaScript and must not load either.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderrTail = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderrTail = (stderrTail + chunk.toString()).slice(-2_000);
  });
  // Node emits no `close` event after a disconnect, and a disconnect is what stops the child.
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code) => {
      const outcome = code === null ? 'was killed' : `exited with code ${code}`;
      resolve(`${spec.name} ${outcome}. ${stderrTail.trim()}`);
    });
  });
  const port = new Promise<number>((resolve, reject) => {
    child.on('message', (message) => {
      if (isPort(message)) resolve(message.port);
    });
    void exited.then((detail) => {
      if (child.exitCode !== 0) spec.onExit?.(detail);
      reject(new Error(detail));
    });
  });
  // Callers of port() see the rejection. Without a caller, it must not become an unhandled rejection in the parent.
  port.catch(() => undefined);
  return { process: child, port, exited };
}

function isPort(message: unknown): message is { readonly port: number } {
  return typeof message === 'object' && message !== null && 'port' in message;
}

/** Returns the failure that a child has reported, as one line. */
function failureIn(message: unknown): Error | undefined {
  if (typeof message !== 'object' || message === null || !('failure' in message)) return undefined;
  const { file, code, message: text } = message.failure as { file: string; code?: string; message: string };
  const failure = fileFailure('write', file, Object.assign(new Error(text), { code }));
  if (failure instanceof CloudFailure) return failure;
  const [line = ''] = text.split('\n');
  return new CloudFailure(`${file} cannot be used: ${line}. ${RESET_ADVICE}`, { cause: failure });
}

async function stopChild(child: RunningChild): Promise<void> {
  if (child.process.connected) child.process.disconnect();
  const kill = setTimeout(() => child.process.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await child.exited;
  clearTimeout(kill);
}
