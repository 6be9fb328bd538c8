import fc from 'fast-check';
import { Stripe } from 'stripe';
import { describe, expect, it } from 'vitest';
import { isSigned } from './signature.ts';

const secret = 'whsec_current';
const nowMs = 1_767_225_600_000;

function sign(payload: string, options: { secret?: string; ageSeconds?: number } = {}): string {
  const timestamp = nowMs / 1000 - (options.ageSeconds ?? 0);
  return Stripe.webhooks.generateTestHeaderString({ payload, secret: options.secret ?? secret, timestamp });
}

const payload = '{\n  "id": "evt_1", "name": "Zoë"\n}';
const body = Buffer.from(payload);

describe('A signature', () => {
  it('is valid for exactly the bytes that were signed', () => {
    expect(isSigned({ body, header: sign(payload) }, [secret], nowMs)).toBe(true);
  });

  it('is invalid if any byte differs', () => {
    const header = sign(payload);
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (index, flip) => {
        const other = Buffer.from(body);
        other[index] = (other[index] ?? 0) ^ flip;
        expect(isSigned({ body: other, header }, [secret], nowMs)).toBe(false);
      }),
    );
  });

  it('failure mode 34: is valid with either secret during a rotation, and in a header with both', () => {
    const secrets = ['whsec_next', secret];
    const byOld = sign(payload);
    const byNew = sign(payload, { secret: 'whsec_next' });
    const both = `${byOld},${byNew.split(',')[1]}`;
    for (const header of [byOld, byNew, both]) expect(isSigned({ body, header }, secrets, nowMs)).toBe(true);
    expect(isSigned({ body, header: sign(payload, { secret: 'whsec_other' }) }, secrets, nowMs)).toBe(false);
  });

  it('expires after five minutes', () => {
    expect(isSigned({ body, header: sign(payload, { ageSeconds: 300 }) }, [secret], nowMs)).toBe(true);
    expect(isSigned({ body, header: sign(payload, { ageSeconds: 301 }) }, [secret], nowMs)).toBe(false);
  });

  it('is invalid more than five minutes before its time', () => {
    expect(isSigned({ body, header: sign(payload, { ageSeconds: -300 }) }, [secret], nowMs)).toBe(true);
    for (const ageSeconds of [-301, -86_400, -1e9]) {
      expect(isSigned({ body, header: sign(payload, { ageSeconds }) }, [secret], nowMs)).toBe(false);
    }
  });

  it('counts only in the scheme v1, and with a single time', () => {
    const header = sign(payload);
    const [time = '', signature = ''] = header.split(',');
    const hex = signature.slice('v1='.length);
    const valid = [
      `${time},v1=${'0'.repeat(64)},${signature}`,
      `${time},v0=${'0'.repeat(64)},${signature}`,
      `${signature},${time}`,
      `${header},${header}`,
    ];
    for (const one of valid) expect(isSigned({ body, header: one }, [secret], nowMs)).toBe(true);
    const invalid = [
      `${time},v0=${hex}`,
      `${time},v2=${hex}`,
      `${time},V1=${hex}`,
      `t=1,${header}`,
      `${header},t=1`,
      signature,
      `${time}0,${signature}`,
      ` ${header}`,
      header.replace(',', ', '),
      header.slice(0, -1),
    ];
    for (const one of invalid) expect(isSigned({ body, header: one }, [secret], nowMs)).toBe(false);
  });

  it.each(['', 't=1', 'v1=abc', 't=,v1=', 'nonsense', `t=${nowMs / 1000},v0=00`])(
    'is invalid in the header %j',
    (header) => {
      expect(isSigned({ body, header }, [secret], nowMs)).toBe(false);
    },
  );

  it('never causes an exception, whatever the header is', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^t=[0-9a]{0,3},v1=[0-9a-g]{0,3}(,v1=)?$/)),
        (header) => {
          expect(isSigned({ body, header }, [secret], nowMs)).toBe(false);
        },
      ),
    );
  });

  it('failure mode 33: is invalid if no secret is configured', () => {
    expect(isSigned({ body, header: sign(payload) }, [], nowMs)).toBe(false);
  });

  it('is valid only if the official library accepts it too', () => {
    const time = nowMs / 1000;
    const hex = sign(payload).split('v1=')[1] ?? '';
    const other = sign(payload, { secret: 'whsec_other' }).split('v1=')[1] ?? '';
    const field = fc.oneof(
      fc.constantFrom(`t=${time}`, `t=${time - 300}`, `t=0${time}`, `t=${time}.5`, 't=', `T=${time}`),
      fc.constantFrom(
        `v1=${hex}`,
        `v1=${other}`,
        `v1=${hex.toUpperCase()}`,
        `v1=${hex.slice(1)}`,
        `v0=${hex}`,
        'v1=',
      ),
      fc.string({ maxLength: 4 }),
    );
    const accepted = (header: string): boolean => {
      try {
        return (
          Stripe.webhooks.signature?.verifyHeader(payload, header, secret, 300, undefined, nowMs) ?? false
        );
      } catch {
        return false;
      }
    };
    let valid = 0;
    fc.assert(
      fc.property(fc.array(field, { maxLength: 3 }), (fields) => {
        const header = fields.join(',');
        const own = isSigned({ body, header }, [secret], nowMs);
        valid += Number(own);
        const isStrict =
          /^\w+=\w+(?:,\w+=\w+)*$/.test(header) && new Set(header.match(/\bt=\w+/g)).size === 1;
        expect(own).toBe(isStrict && accepted(header));
      }),
      { numRuns: 3_000 },
    );
    expect(valid).toBeGreaterThan(0);
  });
});
