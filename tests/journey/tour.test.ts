import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalCloud, type LocalCloud } from '../../local/cloud.ts';
import { textReport } from '../../local/tour/report.ts';
import { takeTour } from '../../local/tour/tour.ts';

describe.each(['http', 'rest'] as const)('the tour, behind API Gateway of the %s kind', (payload) => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    const ports = { api: 0, dynamodb: 0, cognito: 0, stripe: 0 };
    cloud = await createLocalCloud({ ephemeral: true, ports, payload });
  });
  afterAll(() => cloud.close());

  it('one user signs up, subscribes, loses a webhook, fails to pay, recovers and leaves, and all three systems agree at every step', async () => {
    const lines: string[] = [];
    const report = textReport((line) => lines.push(line));
    await takeTour({ environment: cloud.env, confirmationCode: cloud.status.confirmationCode, report });
    expect(lines.filter((line) => line.startsWith('\n'))).toHaveLength(12);
    expect(lines.join('\n')).toContain('the user is gone');
  });
});
