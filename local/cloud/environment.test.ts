import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentFile, readEnvironmentFile } from './environment.ts';

const hostile = {
  PLAIN: 'http://127.0.0.1:3000',
  EMPTY: '',
  QUOTES: `it's "so" ''quoted''`,
  COMMAND: '$(touch /tmp/never) `id` $HOME \\ ; & | > <',
  LINES: "one\ntwo='three'\n\tfour",
  EQUALS: 'a=b=c',
};

describe('The environment file', () => {
  let directory: string;
  let file: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'predixa-test-'));
    file = path.join(directory, 'env');
    await writeFile(file, environmentFile(hostile));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('gives a shell every value unchanged, including quotes, line breaks and shell syntax', () => {
    const script = '. "$1"; exec "$2" -p "JSON.stringify(process.env)"';
    const output = execFileSync('sh', ['-c', script, 'sh', file, process.execPath], { encoding: 'utf8' });
    expect(JSON.parse(output)).toMatchObject(hostile);
  });

  it('is read back exactly as it was written', async () => {
    expect(await readEnvironmentFile(file)).toEqual(hostile);
  });

  it('is read as undefined when it does not exist', async () => {
    expect(await readEnvironmentFile(path.join(directory, 'none'))).toBeUndefined();
  });
});
