/** Drives the tables, snapshots, seed and reset of the console in a real browser. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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

const click = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

describe.skipIf(!hasBrowser)('The data of the cloud', () => {
  beforeAll(async () => {
    rig = await startConsole();
  });
  afterAll(() => rig.close());

  it('are seeded with users, saved as a snapshot, reset and restored', async () => {
    const page = await rig.open('?view=data&panel=cloud');
    await page.getByLabel('Users', { exact: true }).fill('5');
    await click(page, 'Create them');
    await page.getByText('5 users are created.').waitFor();
    await page.getByLabel('Name of the snapshot').fill('five users');
    await click(page, 'Save a snapshot');
    await page.getByText('The snapshot five users is saved.').waitFor();
    await expectWellMade(page, 'snapshots');

    await click(page, 'Reset the cloud');
    await expectWellMade(page, 'reset');
    expect(await page.getByRole('button', { name: 'Delete everything' }).isDisabled()).toBe(true);
    await page.getByLabel('Type reset to go on').fill('reset');
    await click(page, 'Delete everything');
    await page.getByText('The cloud is empty.').waitFor();
    await page.getByRole('link', { name: 'UserProfiles 0' }).waitFor();

    await click(page, 'Restore five users');
    await click(page, 'Restore it');
    await page.getByText('The cloud is as it was in five users.').waitFor();
    await page.getByRole('link', { name: 'UserProfiles 5' }).waitFor();
    expect(rig.problems).toEqual([]);
  });

  it('travel in one file, and a damaged one is refused in one line', async () => {
    const page = await rig.open('?view=data&panel=cloud');
    await page.getByLabel('Name of the snapshot').fill('shared');
    await click(page, 'Save a snapshot');
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download shared' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe('shared.json.gz');
    const bytes = await readFile(await download.path());
    await click(page, 'Delete shared');
    await click(page, 'Delete it');
    await page.getByText('shared', { exact: true }).waitFor({ state: 'detached' });

    const upload = page.getByLabel('Snapshot to upload');
    await upload.setInputFiles({
      name: 'half.json.gz',
      mimeType: 'application/gzip',
      buffer: bytes.subarray(0, 900),
    });
    await page.getByText(/or it is incomplete/).waitFor();
    await upload.setInputFiles({ name: 'shared.json.gz', mimeType: 'application/gzip', buffer: bytes });
    await page.getByText('The snapshot shared is here.').waitFor();
    // The browser reports the refused upload as an error of the network.
    expect(rig.problems.filter((problem) => !problem.includes('422'))).toEqual([]);
  });

  it('are edited as JSON, with what is wrong said while it is typed', async () => {
    const page = await rig.open('?view=data');
    await click(page, 'Add');
    const text = page.getByLabel('JSON', { exact: true });
    await text.fill('{"cognito_sub": "written-by-hand", "status": "active"');
    await page.getByText(/This is no JSON/).waitFor();
    expect(await page.getByRole('button', { name: 'Write the item' }).isDisabled()).toBe(true);
    await text.fill('{"cognito_sub": "written-by-hand", "status": "active", "n": 5}');
    await expectWellMade(page, 'item');
    await click(page, 'Write the item');
    await page.getByText('The item is written.').waitFor();

    await page.getByLabel('Filter the items').fill('written-by-hand');
    await click(page, 'written-by-hand');
    await page.getByLabel('As DynamoDB JSON, with types').check();
    expect(await page.getByLabel('DynamoDB JSON', { exact: true }).inputValue()).toContain('"N": "5"');
    await page.keyboard.press('Escape');
    await page.getByText('1 of ').waitFor();
    await expectWellMade(page, 'table');
    expect(new URL(page.url()).searchParams.get('filter')).toBe('written-by-hand');
  });

  it('are not overwritten if they changed since they were shown', async () => {
    const items = `${rig.cloud.urls.api}/_local/control/tables/${rig.cloud.ids.entitlementsTable}/items`;
    const put = (before: object | null, item: object) =>
      fetch(items, { method: 'PUT', body: JSON.stringify({ before, item }) });
    const first = { cognito_sub: { S: 'contested' }, n: { N: '1' } };
    await put(null, first);
    const page = await rig.open('?view=data&item=contested');
    await page.getByRole('dialog').waitFor();
    await put(first, { ...first, n: { N: '2' } });
    await click(page, 'Write the item');
    await page.getByRole('dialog').getByText('The item has changed since it was shown.').waitFor();
    await click(page, 'Cancel');
    await page.getByRole('button', { name: 'contested' }).click();
    await click(page, 'Delete');
    await click(page, 'Delete it permanently');
    await page.getByText('The item is deleted.').waitFor();
    await page.getByRole('button', { name: 'contested' }).waitFor({ state: 'detached' });
    const { status } = await put(null, first);
    expect(status).toBe(200);
  });

  it('are sorted by a column, and exported and imported as a file', async () => {
    const page = await rig.open('?view=data&table=UserProfiles');
    await click(page, 'email');
    const header = page.getByRole('columnheader', { name: 'email' });
    expect(await header.getAttribute('aria-sort')).toBe('ascending');
    await header.click();
    expect(await header.getAttribute('aria-sort')).toBe('descending');
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export' }).click();
    const file = await (await downloading).path();
    const exported = JSON.parse(await readFile(file, 'utf8')) as { items: { userId: { S: string } }[] };
    exported.items.push({ userId: { S: 'imported' } });
    const changed = path.join(path.dirname(file), 'changed.json');
    await writeFile(changed, JSON.stringify(exported));
    await page.getByLabel('File to import').setInputFiles(changed);
    await page.getByText(`${exported.items.length} items are written.`).waitFor();
    await page.getByRole('button', { name: 'imported' }).waitFor();
  });
});
