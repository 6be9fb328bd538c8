/** Answers requests to the REST API: faults, authentication, the rate limit, and then the route. */
import type { IncomingMessage } from 'node:http';
import type { Faults } from '../faults/faults.ts';
import { type Answer, jsonAnswer } from '../protocol/answer.ts';
import { RevenueCatError } from '../protocol/errors.ts';
import { matchPath, segmentsOf } from '../protocol/path.ts';
import { checkNames } from '../protocol/query.ts';
import type { World } from '../world/world.ts';
import { apiRoutes } from './api-routes.ts';
import { type ApiKeys, checkProject, keyOf } from './authentication.ts';
import { answerWithFault } from './fault-answer.ts';
import type { RateLimit } from './rate-limit.ts';

export interface ApiSettings {
  readonly world: World;
  readonly keys: ApiKeys;
  readonly rateLimit: RateLimit;
  readonly faults: Faults;
}

export async function answerApi(settings: ApiSettings, request: IncomingMessage): Promise<Answer> {
  const { pathname } = new URL(request.url ?? '/', 'http://simulator');
  const rule = settings.faults.forRequest(request.method ?? 'GET', pathname);
  const execute = (): Answer => answerRequest(settings, request);
  return rule === undefined ? execute() : answerWithFault(rule, execute);
}

function answerRequest(settings: ApiSettings, request: IncomingMessage): Answer {
  try {
    const key = keyOf(request.headers.authorization, settings.keys);
    settings.rateLimit.count(key);
    const answer = answerWithKey(settings, request, key);
    return { ...answer, headers: { ...answer.headers, ...settings.rateLimit.headers(key) } };
  } catch (error) {
    if (error instanceof RevenueCatError) return error.answer();
    throw error;
  }
}

function answerWithKey(settings: ApiSettings, request: IncomingMessage, key: string): Answer {
  try {
    settings.rateLimit.check(key);
    return jsonAnswer(200, run(settings, request, key));
  } catch (error) {
    if (error instanceof RevenueCatError) return error.answer();
    throw error;
  }
}

function run(settings: ApiSettings, request: IncomingMessage, key: string): object {
  const { world } = settings;
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://simulator');
  const [version, projects, projectId, ...rest] = segmentsOf(pathname);
  if (version !== 'v2' || projects !== 'projects') throw unknownRoute(request.method, pathname);
  checkProject(key, projectId, { keys: settings.keys, projectId: world.projectId });
  for (const route of apiRoutes) {
    const id = route.method === request.method ? matchPath(route.path, rest) : undefined;
    if (id === undefined) continue;
    checkNames(searchParams, route.query);
    return route.run(world, { id, query: searchParams });
  }
  throw unknownRoute(request.method, pathname);
}

function unknownRoute(method: string | undefined, path: string): RevenueCatError {
  return new RevenueCatError(
    404,
    `The simulator has no endpoint ${method ?? ''} ${path}. Its README lists them.`,
  );
}
