/** Answers the simulator's own routes under `/_simulator`: what users, stores and the dashboard do. */
import type { IncomingMessage } from 'node:http';
import { type Answer, jsonAnswer } from '../protocol/answer.ts';
import { readBody } from '../protocol/body.ts';
import { RevenueCatError } from '../protocol/errors.ts';
import { Fields } from '../protocol/fields.ts';
import { matchPath, segmentsOf } from '../protocol/path.ts';
import { customerRoutes } from './customer-routes.ts';
import type { ControlContext, ControlRoute } from './route.ts';
import { subscriptionRoutes } from './subscription-routes.ts';
import { systemRoutes } from './system-routes.ts';

export const CONTROL_PREFIX = '/_simulator';

export const controlRoutes: readonly ControlRoute[] = [
  ...systemRoutes,
  ...customerRoutes,
  ...subscriptionRoutes,
];

export async function answerControl(context: ControlContext, request: IncomingMessage): Promise<Answer> {
  try {
    const fields = Fields.ofJson(await readBody(request));
    const path = new URL(request.url ?? '/', 'http://simulator').pathname.slice(CONTROL_PREFIX.length);
    return jsonAnswer(200, runControl(context, { method: request.method ?? 'GET', path, fields }));
  } catch (error) {
    if (error instanceof RevenueCatError) return error.answer();
    throw error;
  }
}

export interface ControlRequest {
  readonly method: string;
  readonly path: string;
  readonly fields: Fields;
}

/** Runs a route and returns the body of its response. */
export function runControl(context: ControlContext, { method, path, fields }: ControlRequest): object {
  const segments = segmentsOf(path);
  for (const route of controlRoutes) {
    const id = route.method === method ? matchPath(route.path, segments) : undefined;
    if (id === undefined) continue;
    fields.only(route.fields ?? []);
    return route.run(context, id, fields);
  }
  throw new RevenueCatError(
    404,
    `The simulator has no route ${method} ${CONTROL_PREFIX}${path}. Its README lists them.`,
  );
}
