import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../system/clock.ts';
import { type CallAws, createAws, type JsonService } from './aws-json.ts';

type Reply = (request: IncomingMessage, response: ServerResponse) => void;

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly sockets: number;
}

let replies: Reply[];
let received: Received[];
let sockets: number;
const server = createServer((request, response) => {
  const answer = async () => {
    const body = await text(request);
    received.push({ headers: request.headers, body, sockets });
    const reply = replies.length > 1 ? replies.shift() : replies[0];
    reply?.(request, response);
  };
  void answer();
});
server.on('connection', () => {
  sockets += 1;
});

const urlOf = (of: Server) => `http://127.0.0.1:${(of.address() as AddressInfo).port}`;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('AWS_REGION', 'eu-west-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', urlOf(server));
});
beforeEach(() => {
  received = [];
  sockets = 0;
});
afterEach(() => server.closeAllConnections());
afterAll(() => {
  vi.unstubAllEnvs();
  server.close();
});

const service: JsonService = {
  system: 'dynamodb',
  name: 'dynamodb',
  variable: 'DYNAMODB',
  target: 'DynamoDB_20120810',
  version: '1.0',
};

function clientThatIsAnswered(...all: Reply[]): CallAws {
  replies = all;
  return createAws(service, { timeoutMs: 2_000, maxAttempts: 3 });
}

const ok: Reply = (_, response) => response.end('{"Item":{}}');
const closed: Reply = (request) => request.socket.destroy();
const hangs: Reply = () => {};
const cutShort: Reply = (request, response) => {
  response.writeHead(200, { 'content-length': 100 });
  response.write('{"Item":', () => request.socket.destroy());
};
const refusing =
  (status: number, type: string, headers: Record<string, string> = {}): Reply =>
  (_, response) => {
    response.writeHead(status, headers);
    response.end(JSON.stringify({ __type: type, message: 'Why.' }));
  };
const htmlPage: Reply = (_, response) => response.writeHead(502).end('<html>');

describe('A call of an AWS service', () => {
  it('is a signed request, also with the token of temporary credentials', async () => {
    vi.stubEnv('AWS_SESSION_TOKEN', 'token/of=role');
    const call = clientThatIsAnswered(ok);
    expect(await call('GetItem', { Key: 'é' })).toEqual({ Item: {} });
    const { headers, body } = received[0] ?? { headers: {}, body: '' };
    expect(body).toBe('{"Key":"é"}');
    expect(headers).toMatchObject({
      'x-amz-target': 'DynamoDB_20120810.GetItem',
      'content-type': 'application/x-amz-json-1.0',
      'content-length': '12',
      'x-amz-security-token': 'token/of=role',
      'x-amz-date': expect.stringMatching(/^\d{8}T\d{6}Z$/),
    });
    expect(headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/dynamodb\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=[0-9a-f]{64}$/,
    );
    vi.stubEnv('AWS_SESSION_TOKEN', '');
  });

  it('uses one connection for calls one after another', async () => {
    const call = clientThatIsAnswered(ok);
    for (let n = 0; n < 5; n += 1) await call('GetItem', {});
    expect(sockets).toBe(1);
  });

  it.each([
    ['a closed connection', closed],
    ['an answer that is cut short', cutShort],
    ['a server error', refusing(500, 'InternalServerError')],
    ['a page of a proxy', htmlPage],
    ['throttling', refusing(400, 'com.amazonaws.dynamodb.v20120810#ThrottlingException')],
    ['too much throughput', refusing(400, 'ProvisionedThroughputExceededException:http://example.com')],
  ])('is repeated after %s', async (_, failure) => {
    const call = clientThatIsAnswered(failure, ok);
    expect(await call('GetItem', {})).toEqual({ Item: {} });
    expect(received.map(({ body }) => body)).toEqual(['{}', '{}']);
  });

  it.each([
    ['server errors', refusing(503, 'ServiceUnavailable'), { name: 'ServiceUnavailable', statusCode: 503 }],
    ['pages of a proxy', htmlPage, { name: 'Http502', statusCode: 502 }],
    ['closed connections', closed, { name: 'Unanswered', outcome: 'no_answer' }],
  ])('fails after as many attempts as it may make: %s', async (_, failure, error) => {
    await expect(clientThatIsAnswered(failure)('GetItem', {})).rejects.toMatchObject(error);
    expect(received).toHaveLength(3);
  });

  it.each(['ConditionalCheckFailedException', 'ValidationException', 'AccessDeniedException'])(
    'is not repeated after a refusal: %s',
    async (type) => {
      const refusal = refusing(400, `com.amazon.coral.service#${type}`, { 'x-amzn-requestid': 'req_1' });
      const outcome = clientThatIsAnswered(refusal)('PutItem', {});
      await expect(outcome).rejects.toMatchObject({ name: type, statusCode: 400, requestId: 'req_1' });
      expect(received).toHaveLength(1);
    },
  );

  it('names an error only by what has the form of a name', async () => {
    const refusal = refusing(400, 'personal data of ann@example.com');
    await expect(clientThatIsAnswered(refusal)('GetItem', {})).rejects.toMatchObject({ name: 'Http400' });
  });

  it('ends an attempt that hangs, and the whole call at its own limit', async () => {
    replies = [hangs];
    const call = createAws(service, { timeoutMs: 60, maxAttempts: 50, totalMs: 150 });
    await expect(call('GetItem', {})).rejects.toMatchObject({ name: 'Unanswered', outcome: 'no_answer' });
    expect(received.length).toBeGreaterThan(0);
    expect(received.length).toBeLessThan(6);
  });

  it('is repeated ten times in one invocation, whatever the limits of its calls say', async () => {
    const call = clientThatIsAnswered(closed);
    const calls = Array.from({ length: 8 }, () => call('GetItem', {}).catch(() => undefined));
    await systemClock.within(5_000, () => Promise.all(calls.map((one) => one)));
    expect(received).toHaveLength(24);
    received = [];
    await systemClock.within(5_000, () =>
      Promise.all(Array.from({ length: 8 }, () => call('GetItem', {}).catch(() => undefined))),
    );
    expect(received).toHaveLength(18);
  });

  it('that reaches no server has not been sent', async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', urlOf(gone));
    await new Promise((resolve) => gone.close(resolve));
    const call = createAws(service, { timeoutMs: 2_000, maxAttempts: 1 });
    await expect(call('GetItem', {})).rejects.toMatchObject({ outcome: 'not_sent' });
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', urlOf(server));
  });

  it('sends nothing for work that was given up, and ends what is under way', async () => {
    const call = clientThatIsAnswered(hangs);
    let late: Promise<unknown> = Promise.resolve();
    const work = systemClock.within(50, () => {
      late = call('GetItem', {}).catch((cause: unknown) => cause);
      return late;
    });
    await expect(work).rejects.toMatchObject({ details: { code: 'time_limit' } });
    expect(await late).toMatchObject({ details: { code: 'time_limit' } });
    expect(received.length).toBeLessThanOrEqual(1);
  });

  it('without credentials says which to set', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', '');
    const call = clientThatIsAnswered(ok);
    await expect(call('GetItem', {})).rejects.toMatchObject({
      details: {
        code: 'refused',
        system: 'dynamodb',
        reason: 'credentials_missing',
        refusal: { setting: 'AWS_ACCESS_KEY_ID' },
      },
    });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  });
});

describe('If the clock of the process is wrong', () => {
  const HOUR_MS = 3_600_000;
  const dateIn = (ms: number) => ({ date: new Date(Date.now() + ms).toUTCString() });
  // How much later than now the requests say they are, in whole hours.
  const hoursSent = () => received.map(({ headers }) => hoursAhead(String(headers['x-amz-date'])));
  const hoursAhead = (time: string) => {
    const iso = time.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)/, '$1-$2-$3:$4:');
    return Math.abs(Math.round((Date.parse(iso) - Date.now()) / HOUR_MS));
  };

  it.each(['InvalidSignatureException', 'RequestExpired', 'RequestTimeTooSkewed'])(
    'a call that is refused for it is signed again with the time of AWS, and so are later calls: %s',
    async (type) => {
      const call = clientThatIsAnswered(refusing(403, type, dateIn(3 * HOUR_MS)), ok);
      expect(await call('GetItem', {})).toEqual({ Item: {} });
      await call('GetItem', {});
      expect(hoursSent()).toEqual([0, 3, 3]);
    },
  );

  it('the repeated request has no more time than one attempt', async () => {
    const refusal = refusing(403, 'RequestExpired', dateIn(HOUR_MS));
    const late =
      (reply: Reply): Reply =>
      (request, response) => {
        setTimeout(() => reply(request, response), 200);
      };
    replies = [late(refusal), late(ok)];
    const call = createAws(service, { timeoutMs: 300, maxAttempts: 1 });
    await expect(call('GetItem', {})).rejects.toMatchObject({ outcome: 'no_answer' });
  });

  it('and AWS still refuses, the call fails after one correction', async () => {
    const call = clientThatIsAnswered(refusing(403, 'InvalidSignatureException', dateIn(HOUR_MS)));
    await expect(call('GetItem', {})).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    expect(received).toHaveLength(2);
  });

  it('by less than AWS accepts, a refused signature has another cause', async () => {
    const call = clientThatIsAnswered(refusing(403, 'InvalidSignatureException', dateIn(60_000)));
    await expect(call('GetItem', {})).rejects.toMatchObject({ name: 'InvalidSignatureException' });
    expect(received).toHaveLength(1);
  });
});
