/** Renders the card fields, with the test cards to fill them in. */
import { formatCardNumber } from '../pages/format.ts';
import { type Html, html } from '../pages/html.ts';
import type { World } from '../world/world.ts';
import { type CardField, type CardInput, filledCard, type Problems } from './card-input.ts';
import { findTestCard, type TestCard, testCards } from './test-cards.ts';

/** The name of the button that fills in a card, for browsers without the script. */
export const FILL = 'fill';

/** The cards that a demo needs, by what they show. The list of all cards follows them. */
const common: readonly (readonly [number: string, label: string])[] = [
  ['4242424242424242', 'Succeeds'],
  ['4000000000000002', 'Declined'],
  ['4000000000009995', 'Insufficient funds'],
  ['4000000000000069', 'Expired card'],
  ['4000002500003155', '3-D Secure, once'],
  ['4000000000003220', '3-D Secure required'],
  ['4000008400001280', '3-D Secure fails'],
  ['4000000000000341', 'Renewals fail'],
];

export interface CardForm {
  readonly input: CardInput;
  readonly problems: Problems;
  /** Whether the fields must be filled in. They need not be where a saved card can be chosen instead. */
  readonly required?: boolean;
}

export function cardFields(form: CardForm): Html {
  return html`${textField(form, { name: 'card', label: 'Card number', mode: 'numeric' })}
<div class="pair">
<div>${textField(form, { name: 'expiry', label: 'Expiration', hint: 'MM / YY' })}</div>
<div>${textField(form, { name: 'cvc', label: 'Security code', mode: 'numeric' })}</div>
</div>
${textField(form, { name: 'name', label: 'Name on the card', optional: true })}`;
}

interface TextField {
  readonly name: CardField;
  readonly label: string;
  readonly mode?: 'numeric';
  readonly hint?: string;
  readonly optional?: boolean;
}

function textField({ input, problems, required = true }: CardForm, field: TextField): Html {
  const { name, label, mode = 'text', hint, optional = false } = field;
  const attributes = html`${required && !optional ? html` required` : undefined}${
    hint === undefined ? undefined : html` placeholder="${hint}"`
  }`;
  return html`<label for="${name}">${label}</label>
<input id="${name}" name="${name}" inputmode="${mode}" autocomplete="off" spellcheck="false" value="${input[name]}"${attributes}${invalid(name, problems)}>
${errorOf(name, problems)}`;
}

/** Marks a field as invalid, and moves the focus to the first one, so that its error is read out. */
export function invalid<F extends string>(name: F, problems: Problems<F>): Html | undefined {
  if (problems[name] === undefined) return undefined;
  const isFirst = Object.keys(problems)[0] === name;
  return html` aria-invalid="true" aria-describedby="${name}-error"${isFirst ? html` autofocus` : undefined}`;
}

export function errorOf<F extends string>(name: F, problems: Problems<F>): Html | undefined {
  const problem = problems[name];
  return problem === undefined
    ? undefined
    : html`<p class="error" id="${name}-error" role="alert">${problem}</p>`;
}

/**
 * Offers test cards, which one click fills in. They follow the form's own button, because Enter presses the first
 * button of a form.
 */
export function testCardList(world: World, input: CardInput): Html {
  const current = findTestCard(input.card)?.number;
  const others = testCards.filter(({ number }) => !common.some(([one]) => one === number));
  const button = (card: TestCard | undefined, label: string) =>
    card === undefined ? undefined : cardButton(world, { card, label, isChosen: card.number === current });
  return html`<div class="cards" role="group" aria-label="Test cards">
<p class="small soft">Test cards: one click fills in the form.</p>
<ul>
${common.map(([number, label]) => button(findTestCard(number), label))}</ul>
<details>
<summary>More test cards</summary>
<ul>
${others.map((card) => button(card, card.effect.charAt(0).toUpperCase() + card.effect.slice(1)))}</ul>
</details>
<p class="hidden" role="status" data-filled></p>
</div>`;
}

function cardButton(world: World, choice: { card: TestCard; label: string; isChosen: boolean }): Html {
  const { card, label, isChosen } = choice;
  const { card: number, expiry, cvc } = filledCard(world, card.number);
  return html`<li><button type="submit" name="${FILL}" value="${card.number}" formnovalidate aria-pressed="${String(isChosen)}" data-card="${number}" data-expiry="${expiry}" data-cvc="${cvc}" data-label="${label}"><strong>${label}</strong> ${formatCardNumber(card.number)}</button></li>
`;
}
