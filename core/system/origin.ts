/** Allowed origins as configured: `https://app.example.com`, or `http://localhost:*` for every port. */

export function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  return allowed.some((listed) => isOrigin(origin, listed));
}

function isOrigin(origin: string, listed: string): boolean {
  if (!listed.endsWith(':*')) return origin === listed;
  const prefix = listed.slice(0, -1);
  return origin.startsWith(prefix) && /^\d+$/.test(origin.slice(prefix.length));
}
