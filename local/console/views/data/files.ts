/** Sends a file of this machine to the control API. */
import { CONTROL_PREFIX, type ControlProblem } from '../../../control/contract.ts';
import { ControlError } from '../../api.ts';

export async function sendFile<T>(path: string, method: 'PUT' | 'POST', file: Blob): Promise<T> {
  const headers = { 'content-type': 'application/octet-stream' };
  const response = await fetch(`${CONTROL_PREFIX}${path}`, { method, body: file, headers });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer as T;
  const { message = `The local cloud answered ${response.status}.` } = (answer ??
    {}) as Partial<ControlProblem>;
  throw new ControlError(response.status, message);
}
