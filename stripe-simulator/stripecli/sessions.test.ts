/** The protocol of the Stripe CLI, with a client that loses its connection, answers late and does not know its session. */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Rig, startRig, TEST_KEY } from '../testing/rig.ts';

let rig: Rig;
let sockets: WebSocket[];
beforeEach(async () => {
  rig = await startRig();
  sockets = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  await rig.close();
});

interface Session {
  readonly websocket_id: string;
  readonly websocket_url: string;
  readonly secret: string;
}

function request(params: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(`${rig.simulator.url}/v1/stripecli/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}` },
    body: new URLSearchParams(params),
  });
}

async function openSession(feature = 'webhooks'): Promise<Session> {
  const response = await request({ device_name: 'test', 'websocket_features[]': feature });
  expect(response.status).toBe(200);
  return (await response.json()) as Session;
}

interface Message {
  readonly type: string;
  readonly webhook_conversation_id: string;
  readonly event_payload: string;
  readonly endpoint: { readonly api_version: string | null };
}

/** The messages that arrive, in order. */
async function connect({ websocket_id: id, websocket_url: url }: Session) {
  const socket = new WebSocket(url, { headers: { 'websocket-id': id } });
  sockets.push(socket);
  const messages: Message[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8')) as Message));
  await once(socket, 'open');
  const confirm = (message: Message) =>
    socket.send(
      JSON.stringify({ type: 'event_ack', webhook_conversation_id: message.webhook_conversation_id }),
    );
  return { socket, messages, confirm };
}

function refused(session: Session, headers: Readonly<Record<string, string>>, path = '') {
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const socket = new WebSocket(`${session.websocket_url}${path}`, { headers });
    socket.on('open', () => reject(new Error('The handshake was accepted.')));
    socket.on('error', () => undefined);
    socket.on('unexpected-response', (_, response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString('utf8');
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
}

const typeOf = (message: Message) => (JSON.parse(message.event_payload) as { type: string }).type;

describe('A session of the Stripe CLI', () => {
  it('gets each event in the account’s version and in the newest one', async () => {
    const { messages } = await connect(await openSession());
    await rig.stripe.customers.create();
    await vi.waitFor(() => expect(messages).toHaveLength(2));
    expect(messages.map(({ type, endpoint }) => [type, endpoint.api_version === null])).toEqual([
      ['webhook_event', true],
      ['webhook_event', false],
    ]);
  });

  it('gets what it has not confirmed again when it connects again, also what happened in between', async () => {
    const session = await openSession();
    const first = await connect(session);
    await rig.stripe.customers.create();
    await vi.waitFor(() => expect(first.messages).toHaveLength(2));
    const [confirmed, lost] = first.messages;
    if (confirmed === undefined || lost === undefined) throw new Error('Two messages were expected.');
    first.confirm(confirmed);
    first.socket.close();
    await once(first.socket, 'close');
    await rig.stripe.products.create({ name: 'Pro' });
    const second = await connect(session);
    await vi.waitFor(() => expect(second.messages).toHaveLength(3));
    expect(second.messages.map(typeOf)).toEqual(['customer.created', 'product.created', 'product.created']);
    expect(second.messages[0]).toEqual(lost);
  });

  it('is served on one connection, the newest', async () => {
    const session = await openSession();
    const first = await connect(session);
    const closed = once(first.socket, 'close');
    const second = await connect(session);
    await closed;
    await rig.stripe.customers.create();
    await vi.waitFor(() => expect(second.messages).toHaveLength(2));
    expect(first.messages).toEqual([]);
  });

  it('withstands messages that mean nothing', async () => {
    const { socket, messages } = await connect(await openSession());
    for (const text of ['', '[', 'null', '{}', '{"type":"event_ack"}', '{"webhook_conversation_id":"x"}']) {
      socket.send(text);
    }
    await rig.stripe.customers.create();
    await vi.waitFor(() => expect(messages).toHaveLength(2));
    const [{ webhook_conversation_id } = { webhook_conversation_id: '' }] = messages;
    socket.send(JSON.stringify({ type: 'webhook_response', webhook_conversation_id, status: '200' }));
    await rig.stripe.customers.create();
    await vi.waitFor(() => expect(messages).toHaveLength(4));
  });

  it('is on the page of an event, with what the program answered', async () => {
    const { socket, messages } = await connect(await openSession());
    await rig.stripe.customers.create();
    await vi.waitFor(() => expect(messages).toHaveLength(2));
    const [
      { webhook_conversation_id, event_payload } = { webhook_conversation_id: '', event_payload: '{}' },
    ] = messages;
    const forward_url = 'http://localhost:4242/from-the-cli';
    socket.send(
      JSON.stringify({ type: 'webhook_response', webhook_conversation_id, status: 503, forward_url }),
    );

    const { id } = JSON.parse(event_payload) as { id: string };
    const page = async () => (await fetch(`${rig.simulator.url}/dashboard/objects/${id}`)).text();
    await vi.waitFor(async () => expect(await page()).toContain(forward_url));
    expect(await page()).toMatch(/from-the-cli[^]*HTTP 503/);
  });

  it('must be known, and asked for by a program and not by a page of another site', async () => {
    const session = await openSession();
    const id = session.websocket_id;
    expect(await refused(session, { 'websocket-id': 'cliws_none' })).toEqual({
      status: 400,
      body: expect.stringContaining('"Unknown WebSocket ID."'),
    });
    expect(await refused(session, {})).toMatchObject({ status: 400 });
    expect(await refused(session, { 'websocket-id': id, origin: 'https://evil.example' })).toMatchObject({
      status: 403,
    });
    expect(await refused(session, { 'websocket-id': id, host: 'evil.example' })).toMatchObject({
      status: 403,
    });
    expect(await refused(session, { 'websocket-id': id }, '/other')).toMatchObject({ status: 404 });
  });

  it('is refused for a feature that is not served, and for filters that are no lists', async () => {
    expect((await request({ 'websocket_features[]': 'readers' })).status).toBe(400);
    for (const filters of ['x', '[1]', '{"filter_source":"API"}', 'null']) {
      const response = await request({ 'websocket_features[]': 'request_logs', filters });
      expect(response.status).toBe(400);
    }
  });

  it('makes room for another one while no CLI is connected to it', async () => {
    const first = await openSession();
    for (let count = 0; count < 64; count += 1) await openSession();
    expect(await refused(first, { 'websocket-id': first.websocket_id })).toMatchObject({ status: 400 });
  });

  it('is refused once 64 CLIs are connected', async () => {
    for (let count = 0; count < 64; count += 1) await connect(await openSession());
    expect((await request({ 'websocket_features[]': 'webhooks' })).status).toBe(429);
  });

  it('gets nothing of what a reset has deleted', async () => {
    const session = await openSession();
    const first = await connect(session);
    await rig.stripe.customers.create();
    await vi.waitFor(() => expect(first.messages).toHaveLength(2));
    rig.simulator.reset();
    first.socket.close();
    await once(first.socket, 'close');
    const second = await connect(session);
    await rig.stripe.products.create({ name: 'Pro' });
    await vi.waitFor(() =>
      expect(second.messages.map(typeOf)).toEqual(['product.created', 'product.created']),
    );
  });
});
