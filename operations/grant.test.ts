import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { httpEvent } from '../tests/support/api-events.ts';
import { type ScriptEnd, scriptRunner } from '../tests/support/run-script.ts';
import { createStage, type Stage } from '../tests/support/stage.ts';

const DAY = 86_400;

describe('npm run grant', () => {
  let stage: Stage;
  let directory: string;
  let sub: string;
  let grant: (...args: readonly string[]) => Promise<ScriptEnd>;
  let account: (...args: readonly string[]) => Promise<ScriptEnd>;
  beforeAll(async () => {
    stage = await createStage({ env: { RECONCILE_STRIPE_SHARE: '1' } });
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-grant-'));
    grant = scriptRunner(new URL('grant.ts', import.meta.url), { cwd: directory, env: stage.env });
    account = scriptRunner(new URL('account.ts', import.meta.url), { cwd: directory, env: stage.env });
  });
  beforeEach(async () => {
    sub = await addUser();
  });
  afterAll(async () => {
    await stage.close();
    await rm(directory, { recursive: true });
  });

  async function addUser(): Promise<string> {
    const added = randomUUID();
    await stage.putProfile({ userId: added });
    await stage.putEntitlement({ cognito_sub: added, status: 'none' });
    return added;
  }

  const gift = ['--plan', 'price_pro', '--reason', 'Won the contest', '--by', 'anna'] as const;
  const answerOf = async (user: string) => {
    const event = httpEvent({ method: 'GET', path: '/me/entitlements', claims: { sub: user } });
    return (await stage.call('entitlements-api', event)).body;
  };
  const idIn = ({ text }: ScriptEnd): string => /grant_\w+/.exec(text)?.[0] ?? '';

  it('lets a user in until the end of a UTC day, and shows who gave the access and why', async () => {
    const given = await grant(sub, ...gift, '--days', '1', '--features', 'export, api');
    expect(given).toMatchObject({ code: 0, text: expect.stringContaining(`${sub}  given: grant_`) });
    const end = (Math.floor(Date.now() / 1000 / DAY) + 2) * DAY;
    expect(await answerOf(sub)).toMatchObject({
      access_granted: true,
      source: 'grant',
      plan: 'price_pro',
      features: ['api', 'export'],
      current_period_end: end,
      cancel_at: end,
    });
    expect((await account(sub)).text).toContain('given by anna: Won the contest');
    expect((await account(sub)).text).toContain('by grant by anna: Won the contest');
    const listed = await grant(sub, '--list');
    expect(listed).toMatchObject({ code: 0, text: expect.stringContaining('by anna: Won the contest') });
    expect((await grant('--list')).text).toContain(`${sub}  ${idIn(given)}`);
  });

  it('adds a second grant, repeats none, and revokes one of them or all', async () => {
    const first = idIn(await grant(sub, ...gift, '--until', '2030-01-31'));
    const second = idIn(await grant(sub, ...gift, '--forever'));
    expect((await grant(sub, ...gift, '--forever')).text).toContain(`has it already: ${second}`);
    expect(await answerOf(sub)).toMatchObject({ current_period_end: null, cancel_at: null });
    const one = await grant(sub, '--revoke', '--id', second, '--by', 'ben');
    expect(one.text).toContain(`to be revoked: ${second}: plan price_pro`);
    expect(one).toMatchObject({ code: 0, text: expect.stringContaining(`revoked: ${second}`) });
    expect(await answerOf(sub)).toMatchObject({ current_period_end: Date.parse('2030-02-01') / 1000 });
    expect((await grant(sub, '--revoke')).text).toContain(`revoked: ${first}`);
    expect(await answerOf(sub)).toMatchObject({ access_granted: false, source: null });
    expect(await grant(sub, '--revoke')).toMatchObject({
      code: 2,
      text: expect.stringContaining('no such grant'),
    });
  });

  it('changes several users only with --yes, and goes on after a user that it refuses', async () => {
    const [other, unknown] = [await addUser(), randomUUID()];
    const file = path.join(directory, 'users.txt');
    await writeFile(file, `# winners\n${other} # second prize\n\n${unknown}\n${sub}\n`);
    const asked = await grant(sub, '--file', file, ...gift, '--forever');
    expect(asked).toMatchObject({ code: 2, text: expect.stringContaining('3 users. Nothing was changed') });
    expect(await answerOf(sub)).toMatchObject({ access_granted: false });
    const given = await grant(sub, '--file', file, ...gift, '--forever', '--yes');
    expect(given.code).toBe(3);
    expect(given.text).toContain(`${unknown}  refused: no such user. Is the sub right?`);
    for (const user of [sub, other]) expect(await answerOf(user)).toMatchObject({ access_granted: true });
    expect(await grant(sub, other, '--revoke')).toMatchObject({ code: 2 });
    expect(await answerOf(other)).toMatchObject({ access_granted: true });
    expect(await grant(sub, other, '--revoke', '--yes')).toMatchObject({ code: 0 });
    for (const user of [sub, other]) expect(await answerOf(user)).toMatchObject({ access_granted: false });
  });

  it('goes on after a failure, which a repetition of the command completes', async () => {
    const other = await addUser();
    const args = [sub, other, ...gift, '--forever', '--yes'];
    stage.wires.dynamodb.fail((call) =>
      call.name === 'UpdateItem' && call.body.includes(sub) ? 'forbidden' : undefined,
    );
    const broken = await grant(...args);
    stage.calm();
    expect(broken.code).toBe(1);
    expect(broken.text).toContain(`${sub}  failed: repeat the command`);
    expect(broken.text).toContain(`user_id ${sub}`);
    expect(broken.text).toContain(`${other}  given: grant_`);
    const repeated = await grant(...args);
    expect(repeated).toMatchObject({ code: 0, text: expect.stringContaining(`${other}  has it already`) });
    expect(await answerOf(sub)).toMatchObject({ access_granted: true });
  });

  it('gives nothing to a user who is being deleted, nor to one without a profile, and says what to do', async () => {
    const mark = { predixaDeletionRequestedAt: new Date().toISOString(), predixaDeletionBasis: 'requested' };
    await stage.putProfile({ userId: sub, ...mark });
    expect(await grant(sub, ...gift, '--forever')).toMatchObject({
      code: 2,
      text: expect.stringContaining('refused: the account is being deleted'),
    });
    const { User } = await stage.cognito.send(
      new AdminCreateUserCommand({
        UserPoolId: stage.poolId,
        Username: `${randomUUID()}@example.com`,
        MessageAction: 'SUPPRESS',
      }),
    );
    const fresh = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '';
    expect(await grant(fresh, ...gift, '--forever')).toMatchObject({
      code: 3,
      text: expect.stringContaining(`npm run account -- ${fresh} --repair`),
    });
  });

  it.each<[string, readonly string[], string]>([
    ['a day that has passed', [...gift, '--until', '2020-01-31'], 'has passed'],
    ['a day that does not exist', [...gift, '--until', '2027-02-30'], '--until must be a day'],
    ['a year that is a typing error', [...gift, '--until', '2207-01-31'], 'ten years'],
    ['no days', [...gift, '--days', '0'], '--days must be'],
    ['negative days', [...gift, '--days=-1'], '--days must be'],
    ['too many days', [...gift, '--days', '4000'], 'ten years'],
    ['two ends', [...gift, '--days', '1', '--forever'], 'exactly one of --until'],
    ['no end', gift, 'exactly one of --until'],
    ['no reason', ['--plan', 'price_pro', '--forever'], '--reason is missing'],
    ['a reason of two lines', ['--plan', 'p', '--forever', '--reason', 'a\nb'], 'one line'],
    ['nothing to do', [], 'exactly one of --plan'],
    ['terms for a revocation', ['--revoke', '--days', '3'], 'whole grants'],
    ['an id without a revocation', ['--list', '--id', 'grant_x'], '--id names'],
  ])('refuses %s', async (_, args, part) => {
    expect(await grant(randomUUID(), ...args)).toMatchObject({
      code: 1,
      text: expect.stringContaining(part),
    });
  });

  it('takes subs, and no addresses', async () => {
    expect(await grant('a@example.com', '--list')).toMatchObject({
      code: 1,
      text: expect.stringContaining('npm run account -- ADDRESS'),
    });
    expect(await grant(...gift, '--forever')).toMatchObject({ code: 1 });
    expect((await grant('--file', 'missing.txt', '--list')).text).toContain('Cannot read missing.txt.');
  });
});
