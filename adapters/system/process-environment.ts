/** The environment of this process, for what every AWS client reads there: the region, the credentials and the endpoints. */
import type { Environment } from './environment.ts';

export function processEnvironment(): Environment {
  return process.env;
}
