import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSection } from '../page.ts';
import { simulateCases } from './cases.ts';
import { type Day, publishedLimits, simulateDay } from './day.ts';
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

  it('lets an event of an outage wait at most for its end if a queue holds it, and longer if Stripe repeats it', () => {
    const outage = { from: 3_600, until: 7_200 };
    const queued = simulateDay({ ...day, outage, delivery: 'queue' });
    const repeated = simulateDay({ ...day, outage });
    expect(queued.longestWait).toBe(3_600);
    expect(repeated.longestWait).toBeGreaterThan(queued.longestWait);
    expect(repeated.deliveries).toBeGreaterThan(queued.deliveries);
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
