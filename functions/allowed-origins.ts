/** The sites whose pages may read an answer, as the environment says. Read apart from the rest, so that errors reach them too. */
import { type Environment, EnvironmentReader } from '../adapters/system/environment.ts';

export function readAllowedOrigins(values: Environment): readonly string[] {
  return new EnvironmentReader(values).list('ALLOWED_ORIGINS');
}
