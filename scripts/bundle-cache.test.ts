import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildFunctions } from './build.ts';
import { openBundleCache } from './bundle-cache.ts';

let root: string;
let outDirectory: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'predixa-sources-'));
  outDirectory = await mkdtemp(path.join(tmpdir(), 'predixa-outputs-'));
  for (const file of ['main.ts', 'shared.ts', 'package-lock.json']) await write(root, file, `first ${file}`);
  await write(outDirectory, 'one.cjs', 'bundle one');
  await write(outDirectory, 'two.cjs', 'bundle two');
});
afterEach(async () => {
  await Promise.all([root, outDirectory].map((folder) => rm(folder, { recursive: true })));
});

/** Files get an old date, as sources have that were not touched during a build. */
async function write(folder: string, file: string, content: string): Promise<void> {
  await writeFile(path.join(folder, file), content);
  await utimes(path.join(folder, file), 1_000, 1_000);
}

const open = () => openBundleCache({ root, outDirectory });

async function recordBoth(startedAtMs = 2_000_000): Promise<void> {
  const cache = await open();
  await cache.record('one', { inputs: ['main.ts', 'shared.ts'], outputs: ['one.cjs'], startedAtMs });
  await cache.record('two', { inputs: ['shared.ts'], outputs: ['two.cjs'], startedAtMs });
  await cache.save();
}

async function current(): Promise<readonly boolean[]> {
  const cache = await open();
  return [await cache.isCurrent('one'), await cache.isCurrent('two')];
}

describe('The bundle cache', () => {
  it('reports a bundle as current while nothing changes', async () => {
    await recordBoth();
    expect(await current()).toEqual([true, true]);
  });

  it('rejects every bundle that contains a changed input, also if the date of the file is unchanged', async () => {
    await recordBoth();
    await write(root, 'main.ts', 'second main.ts');
    expect(await current()).toEqual([false, true]);
    await write(root, 'shared.ts', 'second shared.ts');
    expect(await current()).toEqual([false, false]);
  });

  it('rejects a bundle whose input was deleted', async () => {
    await recordBoth();
    await rm(path.join(root, 'main.ts'));
    expect(await current()).toEqual([false, true]);
  });

  it('rejects every bundle after the lockfile changes', async () => {
    await recordBoth();
    await write(root, 'package-lock.json', '{}');
    expect(await current()).toEqual([false, false]);
  });

  it('rejects a bundle whose output was edited or deleted', async () => {
    await recordBoth();
    await write(outDirectory, 'one.cjs', 'edited');
    await rm(path.join(outDirectory, 'two.cjs'));
    expect(await current()).toEqual([false, false]);
  });

  it('does not remember a bundle whose input changed during the build', async () => {
    await recordBoth();
    await recordBoth(999_000);
    expect(await current()).toEqual([false, false]);
  });

  it.each(['', 'null', '[]', '{"one":{"settings":"x","inputs":{},"outputs":{}}}', '{"one":null}'])(
    'treats the damaged manifest %j as empty',
    async (manifest) => {
      await recordBoth();
      await writeFile(path.join(outDirectory, '.bundles.json'), manifest);
      expect(await current()).toEqual([false, false]);
    },
  );
});

describe('A second build', () => {
  it('builds no function that is unchanged', async () => {
    // The tests' global setup has built them.
    expect(await buildFunctions()).toEqual([]);
  });
});
