/** Reads the card fields of a form, and says what is wrong with each of them. */
import { formatCardNumber } from '../pages/format.ts';
import type { Params } from '../protocol/params.ts';
import type { World } from '../world/world.ts';
import type { CardDetails } from './method-records.ts';
import { type Decline, findTestCard, type TestCard } from './test-cards.ts';

export interface CardInput {
  readonly card: string;
  readonly expiry: string;
  readonly cvc: string;
  readonly name: string;
}

export type CardField = keyof CardInput;
export type Problems<F extends string = CardField> = Readonly<Partial<Record<F | 'form', string>>>;

const NOT_A_TEST_CARD =
  'Your card was declined. The simulator accepts only test cards; choose one from the list.';

/** The card that a new form is filled in with. */
export function filledCard(world: World, number = '4242424242424242', name = ''): CardInput {
  const year = yearOf(world) + 4;
  const cvc = findTestCard(number)?.brand === 'amex' ? '1234' : '123';
  return { card: formatCardNumber(number), expiry: `12 / ${String(year).slice(-2)}`, cvc, name };
}

export function cardInputOf(params: Params): CardInput {
  const text = (name: CardField) => params.string(name)?.trim() ?? '';
  return { card: text('card'), expiry: text('expiry'), cvc: text('cvc'), name: text('name') };
}

export type ReadCard =
  | { readonly details: CardDetails; readonly problems?: never }
  | { readonly details?: never; readonly problems: Problems };

/** Checks the fields. A program may leave out everything but the number. */
export function readCard(world: World, input: CardInput): ReadCard {
  const card = findTestCard(input.card);
  const expiry = expiryOf(input.expiry);
  const problems = {
    ...field('card', card === undefined ? numberProblem(input.card) : undefined),
    ...field('expiry', input.expiry === '' ? undefined : expiryProblem(world, expiry)),
    ...field('cvc', input.cvc === '' ? undefined : cvcProblem(input.cvc, card)),
  };
  if (card === undefined || Object.keys(problems).length > 0) return { problems };
  return {
    details: {
      card,
      billingDetails: { name: input.name === '' ? null : input.name },
      ...(expiry === undefined ? {} : { expiry }),
    },
  };
}

/** Returns the problem at the field that a decline is about. */
export function problemsOf(decline: Decline): Problems {
  if (decline.code === 'expired_card') return { expiry: decline.message };
  if (decline.code === 'incorrect_cvc') return { cvc: decline.message };
  return { card: decline.message };
}

function field(name: CardField, problem: string | undefined): Problems {
  return problem === undefined ? {} : { [name]: problem };
}

function numberProblem(text: string): string {
  const digits = text.replaceAll(/[\s-]/g, '');
  if (digits === '') return 'Enter a card number.';
  if (!/^\d+$/.test(digits)) return 'A card number has only digits.';
  if (digits.length < 14) return 'Your card number is incomplete.';
  return passesLuhn(digits) ? NOT_A_TEST_CARD : 'Your card number is invalid.';
}

function passesLuhn(digits: string): boolean {
  const sum = Array.from(digits)
    .reverse()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 1 ? 2 : 1);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

function expiryOf(text: string): { month: number; year: number } | undefined {
  const [, month = '', year = ''] = /^(\d{1,2})\s*[/-]?\s*(\d{2}|\d{4})$/.exec(text) ?? [];
  if (month === '') return undefined;
  return { month: Number(month), year: Number(year.length === 2 ? `20${year}` : year) };
}

function expiryProblem(world: World, expiry: ReturnType<typeof expiryOf>): string | undefined {
  if (expiry === undefined || expiry.month < 1 || expiry.month > 12)
    return 'Enter the expiration date as month and year, such as 12 / 34.';
  const now = new Date(world.seconds() * 1000);
  const isPast = expiry.year * 12 + expiry.month < now.getUTCFullYear() * 12 + now.getUTCMonth() + 1;
  return isPast ? 'Your card’s expiration date is in the past.' : undefined;
}

function cvcProblem(text: string, card: TestCard | undefined): string | undefined {
  const length = card?.brand === 'amex' ? 4 : 3;
  if (card === undefined ? /^\d{3,4}$/.test(text) : new RegExp(`^\\d{${length}}$`).test(text))
    return undefined;
  return `Your card’s security code has ${length} digits.`;
}

function yearOf(world: World): number {
  return new Date(world.seconds() * 1000).getUTCFullYear();
}
