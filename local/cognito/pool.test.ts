import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_ID, clientSettings, poolOptions, seedPool, userPoolId } from './pool.ts';

interface Data {
  Users: Record<string, unknown>;
  Options: Record<string, unknown>;
  Clients: Record<string, Record<string, unknown>>;
}

let directory = '';
const fileOf = (name: string) => path.join(directory, '.cognito/db', `${name}.json`);
const read = async (name: string) => JSON.parse(await readFile(fileOf(name), 'utf8')) as Data;
async function edit(name: string, change: (data: Data) => void): Promise<void> {
  const data = await read(name);
  change(data);
  await writeFile(fileOf(name), JSON.stringify(data));
}
const seed = () => seedPool(directory, 'http://127.0.0.1:9229');

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'predixa-pool-'));
});
afterAll(() => rm(directory, { recursive: true }));

describe('The data directory of an earlier version', () => {
  it('gets the settings of this version, and keeps its users and the changes made since', async () => {
    await seed();
    await edit('clients', ({ Clients }) => {
      const { PreventUserExistenceErrors: _, ...client } = Clients[CLIENT_ID] ?? {};
      Clients[CLIENT_ID] = { ...client, ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] };
    });
    await edit(userPoolId, (data) => {
      const { Id, Name } = data.Options;
      data.Options = { Id, Name, MfaConfiguration: 'OFF' };
      data.Users = { 'user-1': { Username: 'user-1' } };
    });
    await seed();
    expect((await read('clients')).Clients[CLIENT_ID]).toMatchObject(clientSettings);
    expect(await read(userPoolId)).toMatchObject({
      Options: { Id: userPoolId, ...poolOptions },
      Users: { 'user-1': { Username: 'user-1' } },
    });
    await edit('clients', ({ Clients }) => {
      Clients[CLIENT_ID] = { ...Clients[CLIENT_ID], ExplicitAuthFlows: ['ALLOW_USER_AUTH'] };
    });
    await seed();
    expect((await read('clients')).Clients[CLIENT_ID]?.['ExplicitAuthFlows']).toEqual(['ALLOW_USER_AUTH']);
  });
});
