/** Shows a part of the app only to users who may use it. */
import type { ReactNode } from 'react';
import type { AccountError } from '../core/index.ts';
import type { AccessCheck } from './access.ts';
import { useAccess, useEntitlements } from './hooks.ts';

export interface GateProps extends AccessCheck {
  readonly children?: ReactNode;
  /** While nothing is known. Default: nothing. */
  readonly loading?: ReactNode;
  /** For users without access. Default: nothing. */
  readonly denied?: ReactNode;
  /** While no one is signed in. Default: `denied`. */
  readonly signedOut?: ReactNode;
  /** If nothing could be read, which is no "no": offer to try again. Default: nothing. */
  readonly error?:
    | ReactNode
    | ((failure: { error: AccountError | undefined; retry: () => Promise<void> }) => ReactNode);
}

/** It only decides what is shown: a server decides what is done. */
export function Gate({
  plan,
  feature,
  children,
  loading,
  denied,
  signedOut,
  error: failed,
}: GateProps): ReactNode {
  const check = { ...(plan === undefined ? {} : { plan }), ...(feature === undefined ? {} : { feature }) };
  const { status, error } = useAccess(check);
  const { refresh } = useEntitlements();
  switch (status) {
    case 'granted':
      return children;
    case 'denied':
      return denied;
    case 'signed_out':
      return signedOut ?? denied;
    case 'error':
      return typeof failed === 'function' ? failed({ error, retry: refresh }) : failed;
    default:
      return loading;
  }
}
