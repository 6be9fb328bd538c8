/** Matches the path of a request with the patterns of routes, such as `customers/:customer/aliases`. */
import { RevenueCatError } from './errors.ts';

/** Returns the decoded segments of a path. */
export function segmentsOf(path: string): readonly string[] {
  try {
    return path
      .split('/')
      .filter((segment) => segment !== '')
      .map(decodeURIComponent);
  } catch {
    throw new RevenueCatError(400, 'The path is not encoded correctly.');
  }
}

/** Returns the value of the pattern's parameter (or an empty text without one), or undefined for another path. */
export function matchPath(pattern: string, segments: readonly string[]): string | undefined {
  const parts = pattern.split('/').filter((part) => part !== '');
  if (parts.length !== segments.length) return undefined;
  const fits = parts.every((part, index) => part.startsWith(':') || part === segments[index]);
  if (!fits) return undefined;
  const index = parts.findIndex((part) => part.startsWith(':'));
  return index === -1 ? '' : segments[index];
}
