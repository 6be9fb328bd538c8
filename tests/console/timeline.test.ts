/** Drives the timeline and the months of a user in a real browser. */
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CONTROL_PREFIX, type Span, type UserList } from '../../local/control/contract.ts';
import {
  type ConsoleRig,
  closeBrowser,
  expectWellMade,
  hasBrowser,
  startConsole,
} from '../support/console.ts';

let rig: ConsoleRig;
afterEach(() => rig.closePages());
afterAll(closeBrowser);

async function control<T>(path: string, body?: object): Promise<T> {
  const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  return (await (await fetch(`${rig.cloud.urls.api}${CONTROL_PREFIX}${path}`, request)).json()) as T;
}

const spansOf = async () => (await control<{ readonly spans: readonly Span[] }>('/spans')).spans;
const userOf = async (part: string) => {
  const { users } = await control<UserList>(`/users?search=${part}`);
  return users[0]?.sub ?? '';
};
const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const parameterOf = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

describe.skipIf(!hasBrowser)('The timeline', () => {
  beforeAll(async () => {
    rig = await startConsole();
    await control('/seed', { count: 3 });
  });
  afterAll(() => rig.close());

  it('shows a span with its whole story, its request and its answer, and keeps the choice in the address', async () => {
    const page = await rig.open('?view=timeline&form=list');
    await page.getByLabel('Text').fill('subscription.created');
    await page.getByRole('button', { name: 'customer.subscription.created' }).first().click();
    const detail = page.getByLabel('The selected span');
    await detail.getByLabel('The request').getByText('evt_').first().waitFor();
    await page.getByRole('heading', { name: 'Story: Seed a user' }).waitFor();
    const story = page.getByLabel('Story', { exact: true });
    await story
      .getByRole('button', { name: /^Lambda: stripe-webhook/ })
      .first()
      .waitFor();
    await expectWellMade(page, 'timeline-list');
    await page.reload();
    await detail.getByRole('heading', { name: 'customer.subscription.created' }).waitFor();
    await story.getByRole('button', { name: /^Console: Seed a user/ }).focus();
    await page.keyboard.press('ArrowDown');
    await detail.getByRole('heading', { name: 'SignUp' }).waitFor();
    expect(rig.problems).toEqual([]);
  });

  it('finds spans by system, outcome and user, and says so if none matches', async () => {
    const page = await rig.open('?view=timeline&form=list');
    const rows = page.getByRole('row');
    await page.getByLabel('System').selectOption('cognito');
    await page.getByRole('button', { name: 'ConfirmSignUp' }).first().waitFor();
    expect(await rows.filter({ hasText: 'Lambda' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Clear' }).click();
    // Until the filters are drawn without their values, what is typed would be replaced.
    await page.getByRole('button', { name: 'Clear' }).waitFor({ state: 'hidden' });
    await page.getByRole('searchbox', { name: 'User' }).fill(await userOf('ada'));
    await page.getByRole('button', { name: 'Seed a user: never paid' }).waitFor();
    expect(await page.getByRole('button', { name: 'Seed a user: in a trial' }).count()).toBe(0);
    await page.getByLabel('Outcome').selectOption('failed');
    await page.getByText('No span matches the filters').waitFor();
    await page.reload();
    expect(await page.getByLabel('Outcome').inputValue()).toBe('failed');
    expect(rig.problems).toEqual([]);
  });

  it('draws the lanes, in which the keyboard, the wheel and the mouse select and move', async () => {
    const page = await rig.open('?view=timeline');
    const lanes = page.getByLabel(/^Lanes of the timeline/);
    await lanes.locator('canvas').waitFor();
    await lanes.focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByLabel('The selected span').waitFor();
    await expectWellMade(page, 'timeline');
    await page.keyboard.press('+');
    await lanes.hover();
    await page.mouse.wheel(0, -200);
    await page.mouse.wheel(40, 0);
    await page.mouse.down();
    await page.mouse.move(500, 400, { steps: 3 });
    await page.mouse.up();
    await page.getByRole('button', { name: 'Follow now' }).click();
    expect(await page.getByRole('button', { name: 'Follow now' }).getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: 'Show all' }).click();
    await lanes.focus();
    await page.keyboard.press('Escape');
    await page.getByLabel('The selected span').waitFor({ state: 'detached' });
    expect(parameterOf(page, 'story')).toBeNull();
    expect(rig.problems).toEqual([]);
  });

  it('delivers an event again, which appears as a further attempt at once', async () => {
    const delivery = (await spansOf()).find(({ title }) => title === 'invoice.paid');
    const page = await rig.open(`?view=timeline&form=list&span=${delivery?.id}`);
    await page.getByRole('button', { name: 'Deliver again' }).click();
    await page.getByRole('heading', { name: 'Attempts' }).waitFor();
    const attempts = (await spansOf()).filter(({ replay }) => replay === delivery?.replay);
    expect(attempts).toHaveLength(2);
    expect(rig.problems).toEqual([]);
  });

  it('exports a story as JSON, without tokens and passwords', async () => {
    const root = (await spansOf()).find(({ title }) => title === 'Seed a user: active, monthly');
    const page = await rig.open(`?view=timeline&story=${root?.id}`);
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export the story' }).click();
    const text = await readFile(await (await downloading).path(), 'utf8');
    const file = JSON.parse(text) as { readonly format: string; readonly spans: readonly Span[] };
    expect(file.format).toBe('predixa-timeline');
    expect(new Set(file.spans.map(({ story }) => story))).toEqual(new Set([root?.id]));
    expect(text).not.toMatch(/Correct-horse-1|eyJ|sk_test|whsec_/);

    await page.goto('/?view=timeline&lane=cognito&text=SignUp');
    const filtering = page.waitForEvent('download');
    await click(page, 'Export what is shown');
    const shown = JSON.parse(await readFile(await (await filtering).path(), 'utf8')) as typeof file;
    expect(shown.spans.map(({ lane }) => lane)).toEqual(Array.from({ length: 6 }, () => 'cognito'));
    expect(rig.problems).toEqual([]);
  });

  it('draws 2,000 spans on one canvas, without an element for each', async () => {
    const [root] = await spansOf();
    const spans = Array.from({ length: 2_000 }, (_, index) => ({
      ...root,
      id: index + 1,
      startMs: (root?.startMs ?? 0) + index,
    }));
    const page = await rig.open();
    await page.route('**/spans?limit=2000', (route) => route.fulfill({ json: { spans } }));
    await page.goto('/?view=timeline');
    const lanes = page.getByLabel(/^Lanes of the timeline/);
    await lanes.locator('canvas').waitFor();
    await lanes.hover();
    for (let turn = 0; turn < 10; turn += 1) await page.mouse.wheel(0, turn % 2 === 0 ? 120 : -120);
    expect(await page.locator('*').count()).toBeLessThan(250);
    await page.getByRole('button', { name: 'List', exact: true }).click();
    await page.getByRole('button', { name: 'Show 100 older of 2000' }).click();
    expect(await page.getByRole('row').count()).toBe(201);
  });

  it('shows the months of a user, which the keyboard reads out and a table repeats', async () => {
    await control('/clock', { advanceSeconds: 40 * 86_400 });
    await rig.cloud.settled();
    const page = await rig.open(`?view=users&user=${await userOf('hopper')}`);
    const picture = page.getByLabel('Subscriptions over months');
    await picture.focus();
    const said = page.locator('.months-said');
    const texts: string[] = [];
    for (let step = 0; step < 6; step += 1) {
      await page.keyboard.press('ArrowRight');
      texts.push(await said.innerText());
    }
    expect(texts.join('\n')).toMatch(/trialing, from/);
    expect(texts.join('\n')).toMatch(/access: trial, from/);
    await page.getByText('As a table').click();
    await page
      .getByRole('cell', { name: /^Invoice of \$9\.90, paid/ })
      .first()
      .waitFor();
    await page.getByRole('cell', { name: /^active, from/ }).waitFor();
    await expectWellMade(page, 'months');
    expect(rig.problems).toEqual([]);
  });
});
