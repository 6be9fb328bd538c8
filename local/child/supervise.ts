/** Keeps one server running in a child process: starts it, restarts it when it dies, and stops it cleanly. */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';

export interface ChildSpec {
  readonly name: string;
  /** A plain JavaScript file. It sends `{ port }` once it listens, and exits when the parent disconnects. */
  readonly entry: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Receives the reason when the child exits with an error. */
  readonly onExit?: (detail: string) => void;
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
  readonly exited: Promise<void>;
}

export function superviseChild(spec: ChildSpec): SupervisedChild {
  const secret = randomUUID();
  let closing = false;
  let quickDeaths = 0;
  let current = start();

  function start(): RunningChild {
    const startedAt = performance.now();
    const child = startChild({ ...spec, env: { ...spec.env, PARENT_SECRET: secret } });
    void child.exited.then(() => {
      quickDeaths = performance.now() - startedAt < QUICK_DEATH_MS ? quickDeaths + 1 : 0;
      if (!closing && quickDeaths < MAX_QUICK_DEATHS) current = start();
    });
    return child;
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
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
  const port = new Promise<number>((resolve, reject) => {
    child.once('message', (message) => {
      resolve((message as { readonly port: number }).port);
    });
    child.once('exit', (code) => {
      const outcome = code === null ? 'was killed' : `exited with code ${code}`;
      const detail = `${spec.name} ${outcome}. ${stderrTail.trim()}`;
      if (code !== 0) spec.onExit?.(detail);
      reject(new Error(detail));
    });
  });
  // Callers of port() see the rejection. Without a caller, it must not become an unhandled rejection in the parent.
  port.catch(() => undefined);
  return { process: child, port, exited };
}

async function stopChild(child: RunningChild): Promise<void> {
  if (child.process.connected) child.process.disconnect();
  const kill = setTimeout(() => child.process.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await child.exited;
  clearTimeout(kill);
}
