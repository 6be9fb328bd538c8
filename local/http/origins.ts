/** Lists of origins of web pages. */

/** Origins such as `https://app.example.com`. `http://localhost:*` matches every port. */
export type AllowedOrigins = readonly string[];

export const defaultAllowedOrigins: AllowedOrigins = ['http://localhost:*', 'http://127.0.0.1:*'];

export function isAllowedOrigin(allowed: AllowedOrigins, origin: string | undefined): origin is string {
  if (origin === undefined) return false;
  return allowed.some((candidate) =>
    candidate.endsWith(':*')
      ? origin === candidate.slice(0, -2) || isPortOf(origin, candidate.slice(0, -1))
      : origin === candidate,
  );
}

function isPortOf(origin: string, prefix: string): boolean {
  return origin.startsWith(prefix) && /^\d+$/.test(origin.slice(prefix.length));
}
