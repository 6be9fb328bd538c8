import { describe, expect, it } from 'vitest';
import { createClock } from './clock.ts';
import { abandonment, ensureTimeLeft } from './deadline.ts';

/** A machine whose wall clock and timers move only by hand. */
function stillMachine() {
  const machine = { nowMs: 0, timers: new Set<() => void>() };
  const clock = createClock({
    nowMs: () => machine.nowMs,
    after: (_, action) => {
      machine.timers.add(action);
      return () => machine.timers.delete(action);
    },
  });
  return { machine, clock };
}

const timeLimit = { details: { code: 'time_limit' } };

/** Work that waits for `resume`, and then sends. */
function resumable() {
  let resume = () => {};
  const resumed = new Promise<void>((resolve) => {
    resume = resolve;
  });
  let settled: Promise<unknown> = Promise.resolve();
  const work = () => {
    const run = async () => {
      await resumed;
      ensureTimeLeft('send');
      return 'sent';
    };
    const running = run();
    settled = running.catch((cause: unknown) => cause);
    return running;
  };
  return { work, resume: () => resume(), settled: () => settled };
}

describe('Work with a deadline', () => {
  it('sends while there is time, and keeps no timer when it has settled', async () => {
    const { machine, clock } = stillMachine();
    const { work, resume } = resumable();
    const result = clock.within(100, work);
    machine.nowMs = 99;
    resume();
    expect(await result).toBe('sent');
    expect(machine.timers.size).toBe(0);
  });

  it('sends nothing after its time limit has ended it', async () => {
    const { machine, clock } = stillMachine();
    const { work, resume, settled } = resumable();
    const result = clock.within(100, work);
    for (const action of machine.timers) action();
    await expect(result).rejects.toMatchObject(timeLimit);
    resume();
    expect(await settled()).toMatchObject(timeLimit);
  });

  it('sends nothing once the wall clock has passed its deadline, although no timer has fired', async () => {
    const { machine, clock } = stillMachine();
    const { work, resume } = resumable();
    const result = clock.within(100, work);
    machine.nowMs = 86_400_000;
    resume();
    await expect(result).rejects.toMatchObject(timeLimit);
  });

  it('leaves nothing behind that sends after it has failed', async () => {
    const { clock } = stillMachine();
    const { work, resume, settled } = resumable();
    const failing = async () => {
      await Promise.all([Promise.reject(new Error('The other call failed.')), work()]);
    };
    await expect(clock.within(100, failing)).rejects.toThrow('The other call failed.');
    resume();
    expect(await settled()).toMatchObject(timeLimit);
  });

  it('is bound by the deadline of the work around it', async () => {
    const { machine, clock } = stillMachine();
    const { work, resume, settled } = resumable();
    const result = clock.within(100, () => clock.within(1_000, work));
    machine.nowMs = 100;
    resume();
    await expect(result).rejects.toMatchObject(timeLimit);
    expect(await settled()).toMatchObject(timeLimit);
  });

  it('does not bind other work, nor what runs without a deadline', async () => {
    const { machine, clock } = stillMachine();
    await clock.within(100, async () => 'done');
    machine.nowMs = 500;
    expect(() => ensureTimeLeft('send')).not.toThrow();
    expect(abandonment()).toBeUndefined();
    const next = await clock.within(100, async () => {
      ensureTimeLeft('send');
      return abandonment()?.aborted;
    });
    expect(next).toBe(false);
  });
});
