import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { type Abandonment, createDeadlines, type Deadline } from './deadline.ts';

/** A machine whose wall clock and timers move only by hand. */
function stillMachine() {
  const machine = { nowMs: 1_000, timers: new Map<() => void, number>() };
  const timing = {
    nowMs: () => machine.nowMs,
    after: (ms: number, action: () => void) => {
      machine.timers.set(action, ms);
      return () => void machine.timers.delete(action);
    },
  };
  const { runWithin, ensureTimeLeft, abandonment, repetitions } = createDeadlines(
    new AsyncLocalStorage<Deadline>(),
  );
  return {
    machine,
    within: <T>(ms: number, work: () => Promise<T>) => runWithin(timing, ms, work),
    ensureTimeLeft,
    abandonment,
    repetitions,
    fireTimers: () => {
      for (const action of machine.timers.keys()) action();
    },
  };
}

/** A moment that a test reaches by hand. */
function moment() {
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  return { reach: () => reach(), reached };
}

const timeLimit = (operation: string) => ({
  name: 'Fault',
  message: `self ${operation}: time_limit`,
  details: { code: 'time_limit', system: 'self', operation },
});

describe('The deadline of work', () => {
  it('ends the work after its time with a fault that names the limit', async () => {
    const { machine, within, fireTimers } = stillMachine();
    const result = within(99.6, () => new Promise(() => {}));
    expect([...machine.timers.values()]).toEqual([99.6]);
    fireTimers();
    await expect(result).rejects.toMatchObject(timeLimit('100 ms'));
    expect(machine.timers.size).toBe(0);
  });

  it('waits no negative time if none is left', async () => {
    const { machine, within, fireTimers } = stillMachine();
    const result = within(-5, () => new Promise(() => {}));
    expect([...machine.timers.values()]).toEqual([0]);
    fireTimers();
    await expect(result).rejects.toMatchObject(timeLimit('-5 ms'));
  });

  it('passes the result and the failure of the work on, and keeps no timer', async () => {
    const { machine, within } = stillMachine();
    expect(await within(100, async () => 'done')).toBe('done');
    await expect(within(100, () => Promise.reject(new Error('refused')))).rejects.toThrow('refused');
    expect(machine.timers.size).toBe(0);
  });

  it('lets the work send until the moment itself, by the wall clock', async () => {
    const { machine, within, ensureTimeLeft } = stillMachine();
    await within(100, async () => {
      machine.nowMs = 1_099;
      expect(() => ensureTimeLeft('send')).not.toThrow();
      machine.nowMs = 1_100;
      expect(() => ensureTimeLeft('send')).toThrow(expect.objectContaining(timeLimit('send')));
    });
  });

  it('lets nothing be sent by what settled work has left running, and aborts it', async () => {
    const { within, ensureTimeLeft, abandonment } = stillMachine();
    const { reach, reached } = moment();
    let signal: Abandonment | undefined;
    const send = async () => {
      signal = abandonment();
      await reached;
      ensureTimeLeft('send');
    };
    let left = Promise.resolve();
    await within(100, async () => {
      left = send();
    });
    expect(signal?.aborted).toBe(true);
    reach();
    await expect(left).rejects.toMatchObject(timeLimit('send'));
  });

  it('ends what is in progress once, and nothing that has ended before', async () => {
    const { within, abandonment } = stillMachine();
    const ended: string[] = [];
    let end: Abandonment | undefined;
    await within(100, async () => {
      end = abandonment();
      end?.onAbort(() => ended.push('in progress'));
      const leave = end?.onAbort(() => ended.push('over'));
      leave?.();
      expect(ended).toEqual([]);
    });
    expect(ended).toEqual(['in progress']);
    end?.onAbort(() => ended.push('begun late'));
    expect(ended).toEqual(['in progress', 'begun late']);
  });

  it('does not bind what runs outside of it', async () => {
    const { machine, within, ensureTimeLeft, abandonment } = stillMachine();
    await within(100, async () => expect(abandonment()?.aborted).toBe(false));
    machine.nowMs = 9_000;
    expect(() => ensureTimeLeft('send')).not.toThrow();
    expect(abandonment()).toBeUndefined();
  });
});

describe('Work inside other work', () => {
  it('has no more time than the work around it', async () => {
    const { machine, within, ensureTimeLeft } = stillMachine();
    await within(100, () =>
      within(1_000, async () => {
        machine.nowMs = 1_099;
        expect(() => ensureTimeLeft('send')).not.toThrow();
        machine.nowMs = 1_100;
        expect(() => ensureTimeLeft('send')).toThrow(expect.objectContaining(timeLimit('send')));
      }),
    );
  });

  it('shares the repetitions of the work around it, and other work has its own', async () => {
    const { within, repetitions } = stillMachine();
    const outer = await within(1_000, async () => {
      const own = repetitions();
      await within(100, async () => expect(repetitions()).toBe(own));
      return own;
    });
    await within(1_000, async () => expect(repetitions()).not.toBe(outer));
    expect(repetitions()).toBeUndefined();
  });

  it('that begins when the work around it is over is over too', async () => {
    const { within, ensureTimeLeft, abandonment } = stillMachine();
    const { reach, reached } = moment();
    let late: Promise<unknown> = Promise.resolve();
    await within(1_000, async () => {
      const begin = async () => {
        await reached;
        return within(100, async () => {
          expect(() => ensureTimeLeft('send')).toThrow(expect.objectContaining(timeLimit('send')));
          return abandonment()?.aborted;
        });
      };
      late = begin();
    });
    reach();
    expect(await late).toBe(true);
  });

  it('can have less time, and then does not end the work around it', async () => {
    const { machine, within, ensureTimeLeft, abandonment } = stillMachine();
    await within(1_000, async () => {
      await within(100, async () => {
        machine.nowMs = 1_100;
        expect(() => ensureTimeLeft('send')).toThrow(expect.objectContaining(timeLimit('send')));
      });
      expect(() => ensureTimeLeft('send')).not.toThrow();
      expect(abandonment()?.aborted).toBe(false);
    });
  });

  it('is aborted with its own time, and with that of the work around it', async () => {
    const { within, abandonment } = stillMachine();
    const signals: (Abandonment | undefined)[] = [];
    const { reach, reached } = moment();
    const outer = within(1_000, async () => {
      await within(100, async () => void signals.push(abandonment()));
      signals.push(abandonment());
      void within(100, async () => {
        signals.push(abandonment());
        await reached;
      });
    });
    expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
    await outer;
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true, true]);
    reach();
  });
});
