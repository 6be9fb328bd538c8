import { describe, expect, it } from 'vitest';
import { readRefundPolicy, readRefundTerms, refundPolicyText, refundTermsText } from './policy.ts';

describe('A refund policy', () => {
  it.each([
    ['none', 'none'],
    [' Pro_Rata ', 'pro_rata'],
    ['full_within_days:14', 'full_within_days:14'],
    ['full_within_days:14,none', 'full_within_days:14'],
    ['FULL_WITHIN_DAYS: 365 , pro_rata', 'full_within_days:365,pro_rata'],
  ])('is read from a text and written again: %s', (text, written) => {
    const reading = readRefundPolicy(text);
    expect('value' in reading && refundPolicyText(reading.value)).toBe(written);
  });

  it.each([
    '',
    'full',
    'pro rata!',
    'full_within_days',
    'full_within_days:0',
    'full_within_days:366',
    'full_within_days:1.5',
    'full_within_days:-1',
    'full_within_days:14,full',
    'pro_rata,full_within_days:14',
    'none pro_rata',
  ])('is nothing else: %s', (text) => {
    expect(readRefundPolicy(text)).toEqual({
      wrong: expect.stringMatching(/^is no policy: set none, pro_rata/),
    });
  });
});

describe('The terms of a recorded request', () => {
  const policy = { kind: 'full_within_days', days: 14, older: 'pro_rata' } as const;

  it('are read as they were written', () => {
    const terms = { policy, requestedAt: 1_767_225_600 };
    expect(refundTermsText(terms)).toBe('full_within_days:14,pro_rata 1767225600');
    expect(readRefundTerms(refundTermsText(terms))).toEqual(terms);
  });

  it.each([null, '', 'pro_rata', 'pro_rata soon', 'gift 1767225600', 'pro_rata 1767225600 x', 'pro_rata -5'])(
    'refund nothing in another form: %s',
    (text) => {
      expect(readRefundTerms(text)).toBeNull();
    },
  );
});
