/** What the signals of React Native lack: `throwIfAborted` and `reason`. */

export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw reasonOf(signal);
}

export function reasonOf(signal: AbortSignal): unknown {
  const reason: unknown = signal.reason;
  return reason ?? Object.assign(new Error('The call was aborted.'), { name: 'AbortError' });
}
