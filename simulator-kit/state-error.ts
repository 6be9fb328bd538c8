/** An error about the files that keep the state: what is wrong with which file, and what to do about it. */

export class StateFileError extends Error {
  override readonly name = 'StateFileError';
  /** What is wrong, without the advice. */
  readonly problem: string;
  /** The error of the file system, such as `ENOSPC`. Undefined if the content of a file is the problem. */
  readonly code: string | undefined;

  constructor(problem: string, advice: string, options?: ErrorOptions) {
    super(`${problem} ${advice}`, options);
    this.problem = problem;
    this.code = options?.cause === undefined || !hasCode(options.cause) ? undefined : options.cause.code;
  }
}

interface Trouble {
  readonly what: string;
  readonly advice: string;
}

const troubles: Readonly<Record<string, Trouble>> = {
  ENOSPC: { what: 'the disk is full', advice: 'Free some space and start again.' },
  EDQUOT: { what: 'the disk quota is used up', advice: 'Free some space and start again.' },
  EFBIG: {
    what: 'the file may not become larger',
    advice: 'Raise the limit of the file size and start again.',
  },
  EROFS: { what: 'the file system is read-only', advice: 'Choose a folder that can be written.' },
  EACCES: { what: 'the permission is missing', advice: 'Change the permissions, or choose another folder.' },
  EPERM: { what: 'the permission is missing', advice: 'Change the permissions, or choose another folder.' },
  EISDIR: { what: 'it is a folder', advice: 'Choose another file.' },
  ENOTDIR: { what: 'a part of its path is not a folder', advice: 'Choose another file.' },
};

/** Explains an error of the file system. Everything that was answered before is still in the files. */
export function accessError(action: 'read' | 'write', path: string, cause: unknown): StateFileError {
  const code = codeOf(cause);
  const fallback = { what: code, advice: 'Check the disk and start again.' };
  const { what, advice } = troubles[code] ?? fallback;
  return new StateFileError(`Cannot ${action} ${path}: ${what} (${code}).`, advice, { cause });
}

export function codeOf(error: unknown): string {
  return hasCode(error) ? error.code : 'unknown error';
}

function hasCode(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}
