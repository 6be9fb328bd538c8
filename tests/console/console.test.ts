/** Drives the console in a real browser, as a person with a mouse and a keyboard would. */
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CONTROL_PREFIX } from '../../local/control/contract.ts';
import { scenarios } from '../../local/scenarios/stories/index.ts';
import {
  type ConsoleRig,
  closeBrowser,
  expectWellMade,
  hasBrowser,
  startConsole,
} from '../support/console.ts';

/** Seven scenarios, one after the other, on a busy machine. */
const SCENARIOS_TIMEOUT_MS = 300_000;

let rig: ConsoleRig;
afterAll(closeBrowser);

const click = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) }).click();

/** From the first page to a user who has paid, with the mouse alone. */
async function payAs(page: Page): Promise<string> {
  await click(page, 'Sign up a user');
  await click(page, /Confirm with the code/);
  await page
    .getByRole('listitem')
    .filter({ hasText: 'signs the tokens' })
    .getByRole('button')
    .first()
    .click();
  await click(page, 'Subscribe monthly');
  await page.waitForURL(/\/c\/pay\//);
  await page.locator('form button[type=submit], form button:not([type])').first().click();
  await page.getByText('Welcome in').waitFor();
  return page.getByRole('heading', { level: 1 }).innerText();
}

describe.skipIf(!hasBrowser)('The console', () => {
  beforeAll(async () => {
    rig = await startConsole();
  });
  afterEach(() => rig.closePages());
  afterAll(() => rig.close());

  it('takes a newcomer from sign-up over Checkout and the portal to the deletion, with the mouse alone', async () => {
    const page = await rig.open();
    await expectWellMade(page, 'start');
    const email = await payAs(page);
    await page.getByText('Manage, or delete the account').waitFor();
    await expectWellMade(page, 'paid');
    await click(page, 'Open the billing portal');
    await page.waitForURL(/\/p\/session\//);
    await page.goBack();
    await click(page, 'Delete the account');
    await click(page, 'Delete permanently');
    await page.getByText('Start again with another user').waitFor();
    expect(email).toMatch(/@example\.com$/);
    expect(rig.problems).toEqual([]);
  });

  it('shows new users as they sign up, and finds them by address, sub and customer', async () => {
    const list = await rig.open('?view=users');
    const other = await rig.open();
    const email = await payAs(other);
    const row = list.getByRole('row').filter({ hasText: email });
    await row.getByText('trialing').waitFor();
    await expectWellMade(list, 'users');
    const customer = await row.locator('td').nth(5).innerText();
    for (const search of [email.slice(0, 8), customer.slice(0, 7)]) {
      await list.getByRole('searchbox').fill(search);
      await list.getByText(/^\d+ (of|user)/).waitFor();
      await row.waitFor();
    }
    await list.getByRole('searchbox').fill('no-one-of-that-name');
    await list.getByText('No user matches').waitFor();
    await list.keyboard.press('Escape');
    await list.getByRole('searchbox').fill('');
    await row.getByRole('link').click();
    await list.getByText('All systems agree about this user').waitFor();
    await expectWellMade(list, 'user');
    expect(rig.problems).toEqual([]);
  });

  it('says what the app saw at an earlier moment and will see later, and shows the raw records at one key', async () => {
    const page = await rig.open();
    const email = await payAs(page);
    await page.getByRole('link', { name: 'All about this user' }).click();
    await page.getByRole('heading', { name: email }).waitFor();
    await page.getByRole('button', { name: 'none → trialing' }).click();
    await page.getByText('The app let the user in').waitFor();
    await page.getByRole('button', { name: 'trial ends' }).click();
    await page.getByText(/The app will let the user in if nothing changes|The app will not/).waitFor();
    expect(new URL(page.url()).searchParams.get('at')).toMatch(/^\d{10}$/);
    await click(page, 'Back to now');
    await page.keyboard.press('j');
    await page.getByLabel('JSON of row').getByText('"cognito_sub"').waitFor();
    await page.reload();
    await page.getByLabel('JSON of row').waitFor();
    expect(rig.problems).toEqual([]);
  });

  it('draws what a user caused, in lanes by system', async () => {
    const page = await rig.open();
    await payAs(page);
    const sub = await page.evaluate<string>('JSON.parse(sessionStorage.getItem("predixa-local-actor")).sub');
    await rig.cloud.settled();
    await page.goto(`/?view=timeline&user=${sub}`);
    await page.getByRole('heading', { name: 'Timeline' }).waitFor();
    await expectWellMade(page, 'timeline');
    expect(rig.problems).toEqual([]);
  });

  it('moves the clock for Stripe and the functions, so that nothing breaks when it does', async () => {
    const page = await rig.open();
    await payAs(page);
    const sub = await page.evaluate<string>('JSON.parse(sessionStorage.getItem("predixa-local-actor")).sub');
    await page.goto('/?view=trouble&panel=clock');
    await page.getByRole('combobox', { name: 'User', exact: true }).selectOption(sub);
    await expectWellMade(page, 'clock');
    await click(page, 'To the end of the trial');
    await page.getByText(/7 days 1 hour ahead of this machine/).waitFor();
    await page.goto(`/?view=users&user=${sub}`);
    await page.getByText('the subscription is active').waitFor();
    const other = await rig.open();
    await payAs(other);
    expect(rig.problems).toEqual([]);
  });

  it('lets systems fail on purpose, shows it everywhere, and ends it', async () => {
    const page = await rig.open('?view=trouble&panel=faults');
    const choose = (name: string, value: string) =>
      page.getByRole('combobox', { name, exact: true }).selectOption(value);
    await choose('What', 'dynamodb');
    await choose('How', 'throttle');
    await choose('For how many calls', 'all');
    await click(page, 'Let it fail');
    await page.getByRole('link', { name: '1 fault active' }).waitFor();
    await page.getByText('DynamoDB is throttled').waitFor();
    await expectWellMade(page, 'faults');
    await click(page, 'End all faults');
    await page.getByText('Everything works').waitFor();
    expect(rig.problems).toEqual([]);
  });

  it('finds differences, and repairs what a person approves', async () => {
    const page = await rig.open();
    const email = await payAs(page);
    const sub = await page.evaluate<string>('JSON.parse(sessionStorage.getItem("predixa-local-actor")).sub');
    // A sync or a webhook that is still under way would create the row again.
    await page.getByText('Paid: the app lets the user in').waitFor();
    await rig.cloud.settled();
    const { AWS_ENDPOINT_URL_DYNAMODB: url = '' } = rig.cloud.env;
    await removeRow(url, rig.cloud.ids.entitlementsTable, sub);
    await page.goto(`/?view=users&user=${sub}`);
    await page.getByText(/The systems differ in \d point/).waitFor();
    await page.goto('/?view=trouble&panel=reconcile');
    await click(page, 'Find differences');
    await page.getByText('row missing').first().waitFor();
    await expectWellMade(page, 'reconcile');
    await click(page, /Repair/);
    await page.getByText('What was done').waitFor();
    await page.goto(`/?view=users&user=${sub}`);
    await page.getByText('All systems agree about this user').waitFor();
    expect(email).not.toBe('');
    expect(rig.problems).toEqual([]);
  });

  it(
    'runs every scenario to an end in which all systems agree',
    async () => {
      const page = await rig.open('?view=trouble');
      for (const { title } of scenarios) {
        const heading = page.getByRole('heading', { name: title, exact: true });
        const card = page.locator('section.card').filter({ has: heading });
        await click(page, `Run: ${title}`);
        await card.getByText(/^(All systems agree|This is left|The scenario took)/).waitFor();
        expect(await card.innerText()).toContain('All systems agree.');
      }
      await expectWellMade(page, 'scenarios-run');
      expect(rig.problems).toEqual([]);
    },
    SCENARIOS_TIMEOUT_MS,
  );

  it('finds users and actions from the keyboard', async () => {
    const page = await rig.open();
    await page.getByRole('button', { name: 'Sign up a user' }).waitFor();
    await page.keyboard.press('/');
    await page.getByRole('combobox').fill('reconcile');
    await expectWellMade(page, 'palette');
    await page.keyboard.press('Enter');
    await page.getByText('Compare all systems').waitFor();
    expect(new URL(page.url()).search).toBe('?view=trouble&panel=reconcile');
    await page.goBack();
    await page.getByRole('button', { name: 'Sign up a user' }).waitFor();
    expect(rig.problems).toEqual([]);
  });

  it('says so when a session has expired, and signs in again', async () => {
    const page = await rig.open();
    await payAs(page);
    await page.evaluate(`{
      const actor = JSON.parse(sessionStorage.getItem('predixa-local-actor'));
      sessionStorage.setItem('predixa-local-actor', JSON.stringify({ ...actor, idToken: 'e30.e30.e30' }));
    }`);
    await page.reload();
    await page.getByText('Your session has expired').waitFor();
    await click(page, 'Sign in again');
    await page.getByText('Welcome in').waitFor();
    const expected = rig.problems.filter((text) => !text.includes('401'));
    expect(expected).toEqual([]);
  });
});

describe.skipIf(!hasBrowser)('The console without its cloud', () => {
  it('says that the cloud does not answer, and what to do', async () => {
    const own = await startConsole();
    const page = await own.open();
    await page.getByRole('button', { name: 'Sign up a user' }).waitFor();
    const response = await fetch(`${own.cloud.urls.api}${CONTROL_PREFIX}`);
    expect(response.headers.get('cache-control')).toBe('no-store');
    await own.cloud.close();
    await page.getByText('The local cloud does not answer').waitFor();
    await own.close();
  });
});

async function removeRow(url: string, TableName: string, sub: string): Promise<void> {
  const { DynamoDBClient, DeleteItemCommand } = await import('@aws-sdk/client-dynamodb');
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint: url, region: 'us-east-1', credentials });
  await client.send(new DeleteItemCommand({ TableName, Key: { cognito_sub: { S: sub } } }));
  client.destroy();
}
