/** Reads and renders the fields of a bank account, for the debits that Checkout offers next to cards. */
import type { MethodType, PaymentMethod } from '../model/payment.ts';
import { type Html, html } from '../pages/html.ts';
import type { Params } from '../protocol/params.ts';
import type { World } from '../world/world.ts';
import { errorOf, invalid } from './card-form.ts';
import type { Problems } from './card-input.ts';
import { createAccountMethod, usualUsAccount } from './method-records.ts';
import { findTestAccount } from './test-accounts.ts';

export interface AccountInput {
  readonly type: MethodType;
  readonly iban: string;
  readonly account: string;
}

export type AccountField = 'account' | 'iban';

export const noAccount: AccountInput = { type: 'card', iban: '', account: '' };

/** Reads the chosen type of payment method and the account. A form without a choice is one of a card. */
export function accountInputOf(params: Params, offered: readonly string[]): AccountInput {
  const type = params.oneOf('type', ['card', 'sepa_debit', 'us_bank_account']) ?? 'card';
  const [first = 'card'] = offered;
  const chosen = offered.includes(type)
    ? type
    : first === 'sepa_debit' || first === 'us_bank_account'
      ? first
      : 'card';
  return { type: chosen, iban: params.string('iban') ?? '', account: params.string('account') ?? '' };
}

export type ReadAccount =
  | { readonly method: PaymentMethod; readonly problems?: never }
  | { readonly method?: never; readonly problems: Problems<AccountField> };

/** Only test accounts are accepted, because the simulator must never store a real one. */
export function readAccount(
  world: World,
  { type, iban, account }: AccountInput,
  billingDetails: Partial<PaymentMethod['billing_details']>,
): ReadAccount {
  if (type === 'sepa_debit') {
    const found = findTestAccount('sepa_debit', iban);
    if (found === undefined)
      return { problems: { iban: 'Enter a test IBAN, such as AT611904300234573201.' } };
    return {
      method: createAccountMethod(world, { account: { type, number: found.number }, billingDetails }),
    };
  }
  const found = findTestAccount('us_bank_account', account);
  if (found === undefined || type !== 'us_bank_account')
    return { problems: { account: 'Enter a test account number, such as 000123456789.' } };
  const details = { type, number: found.number, ...usualUsAccount };
  return { method: createAccountMethod(world, { account: details, billingDetails }) };
}

const titles: Readonly<Record<string, string>> = {
  card: 'Card',
  sepa_debit: 'SEPA Direct Debit',
  us_bank_account: 'US bank account',
};

/** The choice between the types that the session offers. One type needs no choice. */
export function typeChoice(offered: readonly string[], chosen: string): Html | undefined {
  const shown = offered.filter((type) => titles[type] !== undefined);
  if (shown.length < 2) return undefined;
  return html`<fieldset>
<legend>Payment method</legend>
${shown.map(
  (
    type,
  ) => html`<label class="choice"><input type="radio" name="type" value="${type}"${type === chosen ? html` checked` : undefined}> ${titles[type]}</label>
`,
)}</fieldset>`;
}

export function accountFields(
  offered: readonly string[],
  { input, problems }: { input: AccountInput; problems: Problems<AccountField> },
): Html {
  return html`${
    offered.includes('sepa_debit')
      ? html`<label for="iban">IBAN (SEPA Direct Debit)</label>
<input id="iban" name="iban" autocomplete="off" spellcheck="false" value="${input.iban}"${invalid('iban', problems)}>
${errorOf('iban', problems)}<p class="small soft">AT611904300234573201 succeeds, AT861904300235473202 fails. The bank reports it later.</p>`
      : undefined
  }${
    offered.includes('us_bank_account')
      ? html`<label for="account">Account number (US bank account)</label>
<input id="account" name="account" inputmode="numeric" autocomplete="off" value="${input.account}"${invalid('account', problems)}>
${errorOf('account', problems)}<p class="small soft">000123456789 succeeds, 000222222227 fails. The bank reports it later.</p>`
      : undefined
  }`;
}
