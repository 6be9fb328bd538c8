import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../cloud/cloud.ts';
import { CONTROL_PREFIX } from '../control/contract.ts';

// `tests/console` runs every scenario from the page.
describe('A scenario', () => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
    cloud = await createLocalCloud({ ephemeral: true, ports });
  });
  afterAll(() => cloud.close());

  const call = (method: string, path: string, body?: object) =>
    fetch(`${cloud.urls.api}${CONTROL_PREFIX}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  it('is not run while faults are active, and the refusal says what to do', async () => {
    await call('POST', '/faults', { system: 'stripe', fault: 'fail', count: 1 });
    const refused = await call('POST', '/scenarios/two_tabs');
    expect(refused.status).toBe(409);
    expect(await refused.json()).toEqual({
      message: 'Faults are active, and would change the story. End them first.',
    });
    expect(await (await call('DELETE', '/faults')).json()).toEqual({ faults: [] });
  });

  it('is refused while another one runs, and under a name that none has', async () => {
    const [first, second] = await Promise.all([
      call('POST', '/scenarios/two_tabs'),
      call('POST', '/scenarios/two_tabs'),
    ]);
    expect([first.status, second.status].toSorted((a, b) => a - b)).toEqual([200, 409]);
    expect((await call('POST', '/scenarios/unknown')).status).toBe(404);
  });
});
