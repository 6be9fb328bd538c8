/** The routes of the contract, each with its function. */
import {
  exposedHeaders,
  type FunctionName,
  functionNames,
  functionSpecs,
  type HttpRoute,
} from '../../contract/functions.ts';
import type { StageConfig } from '../config.ts';
import { functionsOf } from '../functions.ts';

export interface FunctionRoute extends HttpRoute {
  readonly name: FunctionName;
}

const routes: readonly FunctionRoute[] = functionNames.flatMap((name) => {
  const spec = functionSpecs[name];
  return 'routes' in spec ? spec.routes.map((route) => ({ ...route, name })) : [];
});

/** Returns the routes of the functions that the stage has. */
export function routesOf(stage: Pick<StageConfig, 'stores'>): readonly FunctionRoute[] {
  const deployed = functionsOf(stage);
  return routes.filter(({ name }) => deployed.includes(name));
}

/** Returns whether web pages call the route. What is for the payers alone needs no CORS. */
export function isForPages({ authorizer, method }: HttpRoute): boolean {
  return authorizer === 'cognito' || method === 'GET';
}

/** The CORS settings: what web pages may send and read. */
export const cors = {
  methods: [...new Set(routes.filter(isForPages).map((route) => route.method))],
  requestHeaders: ['Authorization', 'Content-Type'],
  responseHeaders: exposedHeaders,
  maxAgeSeconds: 3_600,
} as const;
