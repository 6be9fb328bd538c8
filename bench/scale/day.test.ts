import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VISIBILITY_TIMEOUT_SECONDS } from '../../contract/event-queue.ts';
import { readSection } from '../page.ts';
import { simulateCases } from './cases.ts';
import { simulateDay } from './day.ts';
import { type Day, publishedLimits } from './model.ts';
import { scalePlots, scaleTable } from './report.ts';

const day: Day = {
  subscribers: 1_000_000,
  renewing: 1 / 30,
  overHours: 24,
  eventsPerRenewal: 2,
  callsPerEvent: 1,
  outage: null,
  delivery: 'stripe',
};

describe('A simulated day', () => {
  it('carries out every event at once while no limit binds', () => {
    const { longestWait, deliveries, events, calls } = simulateDay(day);
    expect(longestWait).toBe(0);
    expect(deliveries).toBeCloseTo(events);
    expect(calls).toBeCloseTo(events);
  });

  it('lets an event of an outage wait for little more than its end in the queue, and longer if Stripe repeats it', () => {
    const outage = { from: 3_600, until: 7_200 };
    const queued = simulateDay({ ...day, outage, delivery: 'queue' });
    const repeated = simulateDay({ ...day, outage });
    expect(queued.longestWait).toBeGreaterThanOrEqual(3_600);
    expect(queued.longestWait).toBeLessThanOrEqual(3_600 + VISIBILITY_TIMEOUT_SECONDS);
    expect(queued.lost).toBe(0);
    expect(repeated.longestWait).toBeGreaterThan(queued.longestWait);
  });

  it('never loses an event in a queue, nor makes more calls than the events need', () => {
    const days = fc.record({
      subscribers: fc.integer({ min: 1_000, max: 3_000_000 }),
      renewing: fc.double({ min: 0.001, max: 0.2, noNaN: true }),
      overHours: fc.integer({ min: 4, max: 24 }),
      eventsPerRenewal: fc.integer({ min: 1, max: 3 }),
      callsPerEvent: fc.integer({ min: 1, max: 4 }),
    });
    const kept = fc.property(days, (drawn) => {
      const { events, calls, lost, backlog } = simulateDay({ ...day, ...drawn, delivery: 'queue' });
      expect(lost).toBe(0);
      expect(calls).toBeLessThanOrEqual(events * drawn.callsPerEvent * 1.000_001);
      expect(Math.min(...backlog)).toBeGreaterThan(-1);
    });
    fc.assert(kept, { numRuns: 20 });
  });

  it('keeps the calls of the queue below the limit of an endpoint, whatever arrives', () => {
    const { calls, backlog } = simulateDay({
      ...day,
      subscribers: 10_000_000,
      overHours: 6,
      delivery: 'queue',
    });
    const busySeconds = 60 * backlog.filter((open) => open > 0).length;
    expect(calls / busySeconds).toBeLessThan(publishedLimits.perEndpoint);
  });

  it('moves events to the dead-letter queue only if Stripe is down for more than three hours', () => {
    const downFor = (hours: number) => {
      const outage = { from: 3_600, until: 3_600 * (1 + hours) };
      return simulateDay({ ...day, subscribers: 100_000, outage, delivery: 'queue' }).lost;
    };
    expect(downFor(3)).toBe(0);
    expect(downFor(5)).toBeGreaterThan(0);
  });

  it('counts every event as carried out or as given up', () => {
    const tight = { ...publishedLimits, perEndpoint: 1 };
    const { events, lost, backlog } = simulateDay({ ...day, subscribers: 2_000_000 }, tight);
    expect(lost).toBeGreaterThan(0);
    expect(lost).toBeLessThan(events);
    expect(Math.max(...backlog)).toBeLessThanOrEqual(events);
  });
});

describe('The page on performance', () => {
  it('has the table and the plots of the simulated days', async () => {
    const cases = simulateCases();
    expect(await readSection('scale')).toBe(scaleTable(cases));
    for (const { file, svg } of scalePlots(cases)) {
      expect(readFileSync(`docs/images/${file}`, 'utf8')).toBe(svg);
    }
  });
});
