/** Stripe's test bank accounts: how a debit of each one ends, and when. */
import { createHash } from 'node:crypto';
import type { MethodType } from '../model/payment.ts';
import type { Decline } from './card-kinds.ts';

/** How a debit ends that the bank reports later. `never` stays in processing. */
export interface DebitCourse {
  readonly result: 'paid' | 'never' | Decline;
  readonly seconds: number;
  readonly disputed?: true;
}

export interface TestAccount {
  readonly type: Extract<MethodType, 'sepa_debit' | 'us_bank_account'>;
  readonly number: string;
  /** The name in `pm_sepaDebit_NAME` and `pm_usBankAccount_NAME`. */
  readonly name: string;
  readonly course: DebitCourse;
}

/** Stripe's test debits settle within seconds. Its delayed ones take at least three minutes. */
const SOON_SECONDS = 2;
const DELAYED_SECONDS = 3 * 60;

const declines = {
  failed: {
    code: 'payment_method_provider_decline',
    declineCode: 'generic_decline',
    message: 'The payment failed.',
  },
  insufficientFunds: {
    code: 'insufficient_funds',
    message: 'The customer’s account has insufficient funds to cover this payment.',
  },
  volume: {
    code: 'charge_exceeds_source_limit',
    message: 'This payment exceeds the weekly volume limit of the account.',
  },
  transactions: {
    code: 'charge_exceeds_weekly_limit',
    message: 'This payment exceeds the weekly transaction limit of the account.',
  },
  closed: { code: 'account_closed', message: 'The customer’s bank account has been closed.' },
  noAccount: { code: 'no_account', message: 'The bank account could not be located.' },
  notAuthorized: {
    code: 'debit_not_authorized',
    message: 'The customer has notified their bank that this payment was unauthorized.',
  },
  currency: {
    code: 'invalid_currency',
    message: 'The bank was unable to process this payment because of its currency.',
  },
} as const satisfies Readonly<Record<string, Decline>>;

const soon = (result: DebitCourse['result']): DebitCourse => ({ result, seconds: SOON_SECONDS });

/** The courses in the order of the columns of Stripe's tables of IBANs. */
const sepaCourses: readonly (readonly [name: string, course: DebitCourse])[] = [
  ['success', soon('paid')],
  ['successDelayed', { result: 'paid', seconds: DELAYED_SECONDS }],
  ['failed', soon(declines.failed)],
  ['failedDelayed', { result: declines.failed, seconds: DELAYED_SECONDS }],
  ['disputed', { ...soon('paid'), disputed: true }],
  ['exceedsWeeklyVolumeLimit', soon(declines.volume)],
  ['exceedsWeeklyTransactionLimit', soon(declines.transactions)],
  ['insufficientFunds', soon(declines.insufficientFunds)],
];

const ibans: readonly (readonly string[])[] = [
  [
    'AT611904300234573201',
    'AT321904300235473204',
    'AT861904300235473202',
    'AT051904300235473205',
    'AT591904300235473203',
    'AT981904300000343434',
    'AT601904300000121212',
    'AT981904300002222227',
  ],
  [
    'BE62510007547061',
    'BE78510007547064',
    'BE68539007547034',
    'BE51510007547065',
    'BE08510007547063',
    'BE90510000343434',
    'BE52510000121212',
    'BE90510002222227',
  ],
  [
    'DE89370400440532013000',
    'DE08370400440532013003',
    'DE62370400440532013001',
    'DE78370400440532013004',
    'DE35370400440532013002',
    'DE65370400440000343434',
    'DE27370400440000121212',
    'DE65370400440002222227',
  ],
  [
    'FI2112345600000785',
    'FI3712345600000788',
    'FI9112345600000786',
    'FI1012345600000789',
    'FI6412345600000787',
    'FI6712345600343434',
    'FI2912345600121212',
    'FI6712345602222227',
  ],
  [
    'FR1420041010050500013M02606',
    'FR3020041010050500013M02609',
    'FR8420041010050500013M02607',
    'FR7920041010050500013M02600',
    'FR5720041010050500013M02608',
    'FR9720041010050000000343434',
    'FR5920041010050000000121212',
    'FR9720041010050000002222227',
  ],
];

const usAccounts: readonly TestAccount[] = (
  [
    ['000123456789', 'success', soon('paid')],
    ['000111111113', 'accountClosed', soon(declines.closed)],
    ['000111111116', 'noAccount', soon(declines.noAccount)],
    ['000222222227', 'insufficientFunds', soon(declines.insufficientFunds)],
    ['000333333335', 'debitNotAuthorized', soon(declines.notAuthorized)],
    ['000444444440', 'invalidCurrency', soon(declines.currency)],
    ['000555555559', 'dispute', { ...soon('paid'), disputed: true }],
    ['000000000009', 'processing', { result: 'never', seconds: 0 }],
    ['000777777771', 'weeklyLimitExceeded', soon(declines.volume)],
  ] as const
).map(([number, name, course]) => ({ type: 'us_bank_account', number, name, course }));

/** The Stripe CLI uses this one for a payment that fails. */
const italianFailure: TestAccount = {
  type: 'sepa_debit',
  number: 'IT60X0542811101000000123456',
  name: 'failed_it',
  course: soon(declines.failed),
};

export const testAccounts: readonly TestAccount[] = [
  ...ibans.flatMap((row) =>
    sepaCourses.map(([name, course], column): TestAccount => {
      const number = row[column] ?? '';
      return { type: 'sepa_debit', number, name: `${name}_${number.slice(0, 2).toLowerCase()}`, course };
    }),
  ),
  italianFailure,
  ...usAccounts,
];

/** Finds a test account by its number, with or without spaces. */
export function findTestAccount(type: TestAccount['type'], text: string): TestAccount | undefined {
  const number = text.replaceAll(/\s/g, '').toUpperCase();
  return testAccounts.find((one) => one.type === type && one.number === number);
}

/** Finds the test account that a name such as `pm_usBankAccount_success` or `pm_success_de` stands for. */
export function namedTestAccount(id: string): TestAccount | undefined {
  const [, kind, name] = /^pm_(?:(sepaDebit|usBankAccount)_)?(.+)$/.exec(id) ?? [];
  if (name === undefined) return undefined;
  const type = kind === 'usBankAccount' ? 'us_bank_account' : 'sepa_debit';
  return testAccounts.find((one) => one.type === type && one.name === name);
}

export function fingerprintOf(number: string): string {
  return createHash('sha256').update(number).digest('hex').slice(0, 16);
}

const byFingerprint = new Map(testAccounts.map((one) => [fingerprintOf(one.number), one.course]));

/** Returns how a debit of the account goes. An account that is not a test account succeeds. */
export function debitCourse(fingerprint: string): DebitCourse {
  return byFingerprint.get(fingerprint) ?? soon('paid');
}
