/** Distinguishes live keys from test keys by their prefix (`sk_live_…`, `rk_test_…`). */

export function isLiveKey(apiKey: string): boolean {
  return apiKey.includes('_live_');
}
