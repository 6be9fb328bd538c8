/** The one place that reads the clock. Unix milliseconds. */
export const systemNowMs = (): number => Date.now();
