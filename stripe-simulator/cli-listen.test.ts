/** Lets the official Stripe CLI listen to the simulator, as every tutorial about webhooks does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stripe } from 'stripe';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Rig, startRig, TEST_KEY } from './testing/rig.ts';

const binary = join(import.meta.dirname, '../node_modules/.bin/stripe');
const patience = { timeout: 60_000 };

let rig: Rig;
let home: string;
let running: ChildProcess[];

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'stripe-cli-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));
beforeEach(async () => {
  rig = await startRig();
  running = [];
});
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rig.close();
});

interface Cli {
  readonly child: ChildProcess;
  /** Resolves with the output once it contains the text. */
  shows(text: string | RegExp): Promise<string>;
}

function cli(...args: string[]): Cli {
  const env = {
    PATH: `/usr/bin:/bin:${join(process.execPath, '..')}`,
    HOME: home,
    STRIPE_API_KEY: TEST_KEY,
    STRIPE_CLI_TELEMETRY_OPTOUT: '1',
    DO_NOT_TRACK: '1',
  };
  const child = spawn(binary, [...args, '--api-base', rig.simulator.url, '--color', 'off'], { env });
  running.push(child);
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString('utf8');
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return {
    child,
    async shows(text) {
      await vi.waitFor(() => expect(output).toMatch(text), patience);
      return output;
    },
  };
}

interface Forwarded {
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

async function startTarget(status: () => number) {
  const received: Forwarded[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString('utf8');
    });
    request.on('end', () => {
      received.push({ body, headers: request.headers });
      response.writeHead(status()).end('seen');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { received, url: `http://127.0.0.1:${port}/hook`, close: () => server.close() };
}

async function deliveriesTo(url: string): Promise<readonly Record<string, unknown>[]> {
  const { data } = (await rig.control('/deliveries')) as {
    data: readonly Record<string, unknown>[];
  };
  return data.filter((delivery) => delivery['url'] === url);
}

const READY = /Your webhook signing secret is (whsec_\w+)/;

describe('`stripe listen`', () => {
  it('prints the secret that `--print-secret` prints, the same at every start', patience, async () => {
    const listening = await cli('listen', '--skip-update').shows(READY);
    const [, secret = ''] = READY.exec(listening) ?? [];
    for (let start = 0; start < 2; start += 1) {
      expect(await cli('listen', '--print-secret').shows(/whsec_\w+\n/)).toContain(secret);
    }
  });

  it(
    'forwards signed events to a program of this machine, and its answers are deliveries',
    patience,
    async () => {
      let status = 200;
      const target = await startTarget(() => status);
      const listener = cli('listen', '--skip-update', '--all-snapshot', '--forward-to', target.url);
      const [, secret = ''] = READY.exec(await listener.shows(READY)) ?? [];
      await rig.stripe.customers.create({ email: 'ann@example.com' });
      await listener.shows(/customer\.created[\s\S]*\[200\] POST/);
      expect(target.received).toHaveLength(1);
      const [{ body, headers } = { body: '', headers: {} }] = target.received;
      const event = rig.stripe.webhooks.constructEvent(
        body,
        String(headers['stripe-signature']),
        secret,
        0,
        undefined,
        rig.clock.seconds * 1000,
      );
      expect(event).toMatchObject({
        type: 'customer.created',
        data: { object: { email: 'ann@example.com' } },
      });
      expect(headers['user-agent']).toMatch(/^Stripe\/1\.0/);
      await vi.waitFor(async () =>
        expect(await deliveriesTo(target.url)).toMatchObject([
          { event: event.id, state: 'succeeded', attempts: [{ status: 200 }] },
        ]),
      );

      status = 500;
      await rig.stripe.products.create({ name: 'Pro' });
      await listener.shows(/\[500\] POST/);
      await vi.waitFor(async () =>
        expect(await deliveriesTo(target.url)).toMatchObject([{ state: 'failed' }, { state: 'succeeded' }]),
      );
      target.close();
    },
  );

  it('forwards only the chosen events, to every listener that has chosen them', patience, async () => {
    const one = await startTarget(() => 200);
    const two = await startTarget(() => 200);
    const first = cli('listen', '--skip-update', '--forward-to', one.url, '--events', 'product.created');
    const second = cli('listen', '--skip-update', '--all-snapshot', '--forward-to', two.url);
    await Promise.all([first.shows(READY), second.shows(READY)]);
    await rig.stripe.customers.create();
    await rig.stripe.products.create({ name: 'Pro' });
    await Promise.all([first.shows(/\[200\] POST/), second.shows(/product\.created[\s\S]*\[200\] POST/)]);
    await vi.waitFor(() => expect(two.received).toHaveLength(2));
    expect(one.received.map(({ body }) => (JSON.parse(body) as Stripe.Event).type)).toEqual([
      'product.created',
    ]);
    one.close();
    two.close();
  });

  it('shows events in the newest version with `--latest`, once each', patience, async () => {
    const listener = cli('listen', '--skip-update', '--latest', '--format', 'JSON');
    await listener.shows(READY);
    await rig.stripe.customers.create();
    await rig.stripe.products.create({ name: 'Pro' });
    const output = await listener.shows(/product\.created/);
    expect(output.match(/"type":"customer\.created"/g)).toHaveLength(1);
  });

  it('gets an event again with `stripe events resend`', patience, async () => {
    const target = await startTarget(() => 200);
    const listener = cli('listen', '--skip-update', '--all-snapshot', '--forward-to', target.url);
    await listener.shows(READY);
    await rig.stripe.customers.create();
    await vi.waitFor(() => expect(target.received).toHaveLength(1), patience);
    const { id } = JSON.parse(target.received[0]?.body ?? '{}') as Stripe.Event;
    rig.received.length = 0;
    await cli('events', 'resend', id).shows(/"object": "event"/);
    await vi.waitFor(() => expect(target.received).toHaveLength(2), patience);
    await rig.simulator.settled();
    expect(rig.received).toEqual([]);
    target.close();
  });
});

describe('`stripe logs tail`', () => {
  it('shows requests as they are answered, with their errors', patience, async () => {
    const tail = cli('logs', 'tail', '--format', 'JSON');
    await tail.shows(/Ready/);
    await rig.stripe.customers.create();
    await expect(rig.stripe.customers.retrieve('cus_none')).rejects.toThrow('No such customer');
    const output = await tail.shows(/cus_none/);
    const logs = output
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as object] : []));
    expect(logs).toMatchObject([
      { method: 'POST', status: 200, url: '/v1/customers' },
      { method: 'GET', status: 404, url: '/v1/customers/cus_none', error: { code: 'resource_missing' } },
    ]);
  });

  it('shows only what the filters select', patience, async () => {
    const tail = cli('logs', 'tail', '--format', 'JSON', '--filter-status-code-type', '4XX');
    await tail.shows(/Ready/);
    await rig.stripe.customers.create();
    await expect(rig.stripe.customers.retrieve('cus_none')).rejects.toThrow('No such customer');
    expect(await tail.shows(/cus_none/)).not.toContain('"status":200');
  });
});
