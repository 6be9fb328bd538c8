import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { noCounts, type Progress } from '../../core/reconcile/progress.ts';
import { emptyReport, type Finding } from '../../core/reconcile/report.ts';
import { savedDryRun, savedRun } from './run-state.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'predixa-run-state-'));
  return () => rm(directory, { recursive: true });
});

const progress: Progress = {
  check: 'rows',
  cursor: 'user-9',
  report: emptyReport,
  counts: noCounts,
  endings: [],
  endingsFound: 0,
  ending: false,
  compare: null,
};

function finding(reason: string, subjectId: string, sub: string | null = subjectId): Finding {
  return { reason, subjectId, sub, outcome: 'found' };
}

describe('The state of a dry run', () => {
  it('counts a user once, and lists an id once for each reason', () => {
    const { seen } = savedDryRun({ directory, name: 'dry' });
    const first = [
      finding('user_without_profile', 'user-1'),
      finding('customer_without_profile', 'cus_1', 'user-1'),
    ];
    expect(seen?.add(first)).toEqual({ newSubjects: 1, newFindings: first });
    const second = [finding('user_without_profile', 'user-1'), finding('reversal_missing', 'cus_2', null)];
    expect(seen?.add(second)).toEqual({ newSubjects: 1, newFindings: second.slice(1) });
  });

  it('is the same after a resume, and forgets what was found after the last saved progress', async () => {
    const before = savedDryRun({ directory, name: 'dry' });
    before.seen?.add([finding('row_missing', 'user-1')]);
    await before.checkpoint.save(progress);
    // The command is killed between the two writes of the next page.
    await appendFile(path.join(directory, 'dry.found'), 'row_missing\tuser-2\tuser-2\n');
    const resumed = savedDryRun({ directory, name: 'dry' });
    expect(await resumed.checkpoint.load()).toEqual(progress);
    const again = [finding('row_missing', 'user-1'), finding('row_missing', 'user-2')];
    expect(resumed.seen?.add(again)).toEqual({ newSubjects: 1, newFindings: again.slice(1) });
    await resumed.checkpoint.save(progress);
    expect(await readFile(path.join(directory, 'dry.found'), 'utf8')).toBe(
      'row_missing\tuser-1\tuser-1\nrow_missing\tuser-2\tuser-2\n',
    );
  });

  it('leaves no file behind once the run is complete', async () => {
    const { checkpoint, seen } = savedDryRun({ directory, name: 'dry' });
    seen?.add([finding('row_missing', 'user-1')]);
    await checkpoint.save(progress);
    await checkpoint.save(undefined);
    expect(await readdir(directory)).toEqual([]);
  });

  it('starts over if the saved progress is unreadable', async () => {
    await writeFile(path.join(directory, 'dry.json'), '{"check":');
    await writeFile(path.join(directory, 'dry.found'), 'row_missing\tuser-1\tuser-1\n');
    const { checkpoint, seen } = savedDryRun({ directory, name: 'dry' });
    expect(await checkpoint.load()).toBeUndefined();
    expect(seen?.add([finding('row_missing', 'user-1')]).newSubjects).toBe(1);
  });
});

describe('The state of a run', () => {
  it('is read from a file of version 0.1', async () => {
    const former = { part: 'customers', from: 'cus_7', report: { checked: 3, differed: 1 }, ended: 2 };
    await writeFile(path.join(directory, 'run-1-of-1.json'), JSON.stringify(former));
    const { checkpoint } = savedRun({ directory, name: 'run-1-of-1' });
    expect(await checkpoint.load()).toMatchObject({
      check: 'customers',
      cursor: 'cus_7',
      report: { checked: 3, found: 1 },
      endings: [],
    });
  });
});
