/**
 * Names the process that holds a lock. A pid alone does not: the system gives it to another process later, and a lock
 * that a killed process left behind would be held for ever.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface Holder {
  readonly pid: number;
  /** When the process began, in the terms of its system. Null: unknown. */
  readonly began: string | null;
}

/** Returns the content of a lock that this process holds. */
export function thisProcess(): string {
  const began = beginningOf(process.pid);
  return began === undefined ? `${process.pid}\n` : `${process.pid}\n${began}\n`;
}

export function holderIn(text: string): Holder | undefined {
  const [first = '', began = ''] = text.split('\n');
  const pid = Number(first);
  return Number.isSafeInteger(pid) && pid > 0 ? { pid, began: began === '' ? null : began } : undefined;
}

/** Returns whether the process still runs, as far as its system knows. */
export function isHolding({ pid, began }: Holder): boolean {
  if (!isAlive(pid)) return false;
  const now = began === null ? undefined : beginningOf(pid);
  return now === undefined || now === began;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function beginningOf(pid: number): string | undefined {
  try {
    return process.platform === 'linux' ? beginningOnLinux(pid) : beginningByPs(pid);
  } catch {
    return undefined;
  }
}

/** The ticks since the start of the system, and which start that was. */
function beginningOnLinux(pid: number): string | undefined {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name of the program, in parentheses, can contain spaces. Two fields before it, the beginning is the 22nd.
  const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return ticks === undefined ? undefined : `${boot} ${ticks}`;
}

function beginningByPs(pid: number): string | undefined {
  if (process.platform === 'win32') return undefined;
  const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  return text === '' ? undefined : text;
}
