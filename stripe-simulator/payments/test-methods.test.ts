/** Tests of the tables of test cards and test accounts. */
import { expect, test } from 'vitest';
import { namedTestAccount, testAccounts } from './test-accounts.ts';
import { cardEndingIn, findTestCard, testCards } from './test-cards.ts';

test('Each test card is found by its number and its name, and those with the same last four digits do the same', () => {
  for (const card of testCards) {
    expect(cardEndingIn(card.number.slice(-4))).toMatchObject({
      attaches: card.attaches,
      charge: card.charge,
    });
    expect(findTestCard(`pm_card_${card.name}`)).toBe(card);
    expect(findTestCard(card.number)).toBe(card);
  }
});

test('Declines are found with and without the brand in their name', () => {
  expect(findTestCard('pm_card_chargeDeclined')).toBe(findTestCard('pm_card_visa_chargeDeclined'));
  expect(findTestCard('tok_chargeDeclinedInsufficientFunds')?.number).toBe('4000000000009995');
  expect(findTestCard('pm_card_none')).toBeUndefined();
});

test('Each test account has a number and a name of its own', () => {
  const unique = (values: readonly string[]) => new Set(values).size;
  expect(unique(testAccounts.map(({ number }) => number))).toBe(testAccounts.length);
  expect(unique(testAccounts.map(({ type, name }) => `${type} ${name}`))).toBe(testAccounts.length);
  expect(namedTestAccount('pm_usBankAccount_success')?.number).toBe('000123456789');
  expect(namedTestAccount('pm_success_de')?.number).toBe('DE89370400440532013000');
  expect(namedTestAccount('pm_sepaDebit_failed_at')?.number).toBe('AT861904300235473202');
});

test('Every test IBAN has a valid check number', () => {
  const checkOf = (iban: string) => {
    const digits = Array.from(iban.slice(4) + iban.slice(0, 4), (one) => Number.parseInt(one, 36)).join('');
    return BigInt(digits) % 97n;
  };
  const ibans = testAccounts.filter(({ type }) => type === 'sepa_debit');
  expect(ibans.filter(({ number }) => checkOf(number) !== 1n).map(({ number }) => number)).toEqual([]);
});
