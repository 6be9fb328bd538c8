/** The routes of the control API: how a module declares them, and how a request finds one. */

export interface ControlInput {
  /** The parts of the path that a route names with `:`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON body; an empty object if there is none. */
  readonly body: Readonly<Record<string, unknown>>;
  /** The body as it was sent, for a route that takes bytes. */
  readonly bytes: Buffer;
}

export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Relative to the prefix, such as `/users/:sub`. */
  readonly path: string;
  /** The body is a file and no JSON. */
  readonly takesBytes?: true;
  /** Returns what is sent as JSON, or a `FileAnswer`. */
  readonly run: (input: ControlInput) => unknown;
}

/** An answer that is no JSON, such as a download. */
export class FileAnswer {
  readonly fileName: string;
  readonly contentType: string;
  readonly body: Buffer;

  constructor(fileName: string, contentType: string, body: Buffer) {
    this.fileName = fileName;
    this.contentType = contentType;
    this.body = body;
  }
}

/** A request that the control API does not carry out. Its message is shown to the person at the console. */
export class ControlRefusal extends Error {
  override readonly name = 'ControlRefusal';
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

export interface Match {
  readonly route: ControlRoute;
  readonly params: Readonly<Record<string, string>>;
}

/** Throws a `ControlRefusal` with the status 404 or 405 if no route matches. */
export function matchRoute(routes: readonly ControlRoute[], method: string, path: string): Match {
  const atPath = routes.flatMap((route) => {
    const params = paramsOf(route.path, path);
    return params === undefined ? [] : [{ route, params }];
  });
  const match = atPath.find(({ route }) => route.method === method);
  if (match !== undefined) return match;
  if (atPath.length === 0) throw new ControlRefusal(404, `The control API has no path ${path}.`);
  const methods = atPath.map(({ route }) => route.method).join(', ');
  throw new ControlRefusal(405, `${path} takes ${methods}, not ${method}.`);
}

function paramsOf(pattern: string, path: string): Readonly<Record<string, string>> | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':') && value !== '') params[part.slice(1)] = decoded(value);
    else if (part !== value) return undefined;
  }
  return params;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ControlRefusal(400, 'The path holds a % that begins no escape.');
  }
}
