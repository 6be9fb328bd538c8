/** The routes of the contract, each with its function. */
import {
  exposedHeaders,
  type FunctionName,
  functionSpecs,
  type HttpRoute,
  routesIn,
} from '../../contract/functions.ts';
import { functionsOf, type StageShape } from '../functions.ts';

export interface FunctionRoute extends HttpRoute {
  readonly name: FunctionName;
}

/** Returns the routes of the functions that the stage has. */
export function routesOf(stage: StageShape): readonly FunctionRoute[] {
  const deployed = functionsOf(stage);
  return routesIn(functionSpecs, stage.webhookQueue !== null).flatMap(({ name, ...route }) => {
    const found = deployed.find((one) => one === name);
    return found === undefined ? [] : [{ ...route, name: found }];
  });
}

/** Returns whether web pages call the route. What is for the payers alone needs no CORS. */
export function isForPages({ authorizer, method }: HttpRoute): boolean {
  return authorizer === 'cognito' || method === 'GET';
}

/** The CORS settings: what web pages may send and read. */
export const cors = {
  methods: [
    ...new Set(
      routesIn(functionSpecs, false)
        .filter(isForPages)
        .map((route) => route.method),
    ),
  ],
  requestHeaders: ['Authorization', 'Content-Type'],
  responseHeaders: exposedHeaders,
  maxAgeSeconds: 3_600,
} as const;
