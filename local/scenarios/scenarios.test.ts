import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../cloud/cloud.ts';
import { CONTROL_PREFIX, type ScenarioRun } from '../control/contract.ts';
import { scenarios } from './stories/index.ts';

describe('The scenarios', () => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0, revenuecat: 0 };
    cloud = await createLocalCloud({ ephemeral: true, ports });
  });
  afterAll(() => cloud.close());

  const post = (path: string, body?: object) =>
    fetch(`${cloud.urls.api}${CONTROL_PREFIX}${path}`, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  it.each(scenarios.map(({ name }) => name))('%s ends with all systems in agreement', async (name) => {
    const run = (await (await post(`/scenarios/${name}`)).json()) as ScenarioRun;
    expect({ ...run, steps: run.steps.map(({ state, text }) => `${state}: ${text}`) }).toMatchObject({
      name,
      state: 'agrees',
      sub: expect.stringMatching(/^[0-9a-f-]{36}$/),
      conclusion: expect.stringMatching(/^All systems agree\. /),
    });
    expect(run.steps.every(({ state }) => state === 'done')).toBe(true);
  });

  it('do not run while faults are active, and say what to do', async () => {
    await post('/faults', { system: 'stripe', fault: 'fail', count: 1 });
    const refused = await post('/scenarios/two_tabs');
    expect(refused.status).toBe(409);
    expect(await refused.json()).toEqual({
      message: 'Faults are active, and would change the story. End them first.',
    });
    await fetch(`${cloud.urls.api}${CONTROL_PREFIX}/faults`, { method: 'DELETE' });
  });

  it('are refused under a name that no scenario has', async () => {
    expect((await post('/scenarios/unknown')).status).toBe(404);
  });
});
