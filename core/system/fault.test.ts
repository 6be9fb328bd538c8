import { expect, it } from 'vitest';
import { Fault, type FaultDetails } from './fault.ts';

it('A fault names the system, the operation and the code, and keeps its details and its cause', () => {
  const details: FaultDetails = { code: 'unavailable', system: 'stripe', operation: 'read', statusCode: 503 };
  const cause = new Error('timeout');
  const fault = new Fault(details, { cause });
  expect(fault).toBeInstanceOf(Error);
  expect(fault.name).toBe('Fault');
  expect(fault.message).toBe('stripe read: unavailable');
  expect(fault.details).toEqual(details);
  expect(fault.cause).toBe(cause);
  expect(new Fault(details).cause).toBeUndefined();
});
