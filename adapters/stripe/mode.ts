/** Test or live: a key's prefix says which objects it reaches (`sk_live_…`, `rk_test_…`). */

export function isLiveKey(apiKey: string): boolean {
  return apiKey.includes('_live_');
}
