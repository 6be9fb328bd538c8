/** What keeps the local cloud from starting or going on, and what the person at the terminal can do about it. */
import { StateFileError as RevenueCatStateError } from '../../revenuecat-simulator/index.ts';
import { StateFileError as StripeStateError } from '../../stripe-simulator/index.ts';

export const RESET_ADVICE =
  'Restore the folder from a copy, or empty the local cloud with npm start -- --reset.';

/** Its message is one line that says what is wrong and what to do. */
export class CloudFailure extends Error {
  override readonly name = 'CloudFailure';
}

const troubles: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full (ENOSPC). Free some space and start again.',
  EDQUOT: 'the disk quota is used up (EDQUOT). Free some space and start again.',
  EROFS: 'the file system is read-only (EROFS). Choose another folder with --directory.',
  EACCES: 'the permission is missing (EACCES). Change it, or choose another folder with --directory.',
  EPERM: 'the permission is missing (EPERM). Change it, or choose another folder with --directory.',
  ENOTDIR: 'a part of the path is no folder (ENOTDIR). Choose another one with --directory.',
  EEXIST: 'it is no folder (EEXIST). Choose another one with --directory.',
};

/** Explains an error of the file system. Returns any other error as it is. */
export function fileFailure(action: 'read' | 'write', file: string, error: unknown): unknown {
  const trouble = error instanceof Error && 'code' in error ? troubles[String(error.code)] : undefined;
  return trouble === undefined
    ? error
    : new CloudFailure(`Cannot ${action} ${file}: ${trouble}`, { cause: error });
}

export function damagedFile(file: string, cause?: unknown): CloudFailure {
  return new CloudFailure(`${file} is damaged: it is not what the local cloud wrote. ${RESET_ADVICE}`, {
    cause,
  });
}

/** Explains an error about the state of a simulator. Deleting its files alone would leave the other systems behind. */
export function simulatorFailure<E>(error: E): E | CloudFailure {
  if (!(error instanceof StripeStateError || error instanceof RevenueCatStateError)) return error;
  const message = error.code === undefined ? `${error.problem} ${RESET_ADVICE}` : error.message;
  return new CloudFailure(message, { cause: error });
}
