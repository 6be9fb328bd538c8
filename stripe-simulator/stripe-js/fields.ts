/** The part of the script that shows the fields of elements, in frames as Stripe does. */

export const FIELDS = String.raw`
let frames = 0;

const labels = {
  number: 'Card number', expiry: 'Expiration date', cvc: 'Security code', postal: 'ZIP code', country: 'Country or region',
  iban: 'IBAN', account: 'Account number', routing: 'Routing number', name: 'Full name', email: 'Email',
  line1: 'Address line 1', city: 'City',
};
const hints = { number: '1234 1234 1234 1234', expiry: 'MM / YY', cvc: 'CVC', iban: 'AT00 0000 0000 0000 0000', account: '000123456789', routing: '110000000' };
/** The names of the fields in Stripe's older card element. */
const oldNames = { number: 'cardnumber', expiry: 'exp-date', cvc: 'cvc', postal: 'postal' };
const titles = {
  payment: 'Secure payment input frame', card: 'Secure card payment input frame', cardNumber: 'Secure card number input frame',
  cardExpiry: 'Secure expiration date input frame', cardCvc: 'Secure CVC input frame', iban: 'Secure IBAN input frame',
  address: 'Secure address input frame', linkAuthentication: 'Secure email input frame', expressCheckout: 'Secure express checkout frame',
};
const cardFields = ['number', 'expiry', 'cvc'];
const fieldsOf = {
  card: [...cardFields, 'postal'], cardNumber: ['number'], cardExpiry: ['expiry'], cardCvc: ['cvc'], iban: ['iban'],
  address: ['name', 'line1', 'city', 'postal', 'country'], linkAuthentication: ['email'], expressCheckout: [],
};
const fieldsOfType = { card: [...cardFields, 'country'], us_bank_account: ['name', 'email', 'routing', 'account'], sepa_debit: ['iban', 'name', 'email'] };
const typeTitles = { card: 'Card', us_bank_account: 'US bank account', sepa_debit: 'SEPA Debit' };
const optional = new Set(['postal', 'country']);

const style = 'body{margin:0;font:15px/1.4 system-ui,sans-serif;color:#1a1f36;background:transparent}label{display:block;margin:6px 0 2px;font-size:13px}' +
  'input,select{box-sizing:border-box;width:100%;padding:8px;font:inherit;border:1px solid #7d879c;border-radius:5px;background:#fff;color:inherit}' +
  'input[type=radio]{width:auto;margin-right:6px}.tabs label{display:inline-block;margin-right:14px}.row{display:flex;gap:8px}.row>div{flex:1}';

const openFrame = (target, title) => {
  const frame = document.createElement('iframe');
  frame.name = '__privateStripeFrame' + ++frames;
  frame.title = title;
  frame.style.cssText = 'border:0;width:100%;display:block';
  frame.setAttribute('allowtransparency', 'true');
  target.replaceChildren(frame);
  const page = frame.contentDocument;
  page.open();
  page.write('<!doctype html><html lang="en"><head><meta charset="utf-8"><title>' + title + '</title></head><body></body></html>');
  page.close();
  page.head.append(Object.assign(page.createElement('style'), { textContent: style }));
  return { frame, page };
};

/** Adds the fields and returns their inputs by name. */
const addFields = (page, names, { old = false, values = {} } = {}) => {
  const inputs = {};
  for (const name of names) {
    const label = page.createElement('label');
    label.textContent = labels[name];
    label.htmlFor = 'field-' + name;
    const input = page.createElement(name === 'country' ? 'select' : 'input');
    if (name === 'country') input.append(...['US', 'AT', 'BE', 'DE', 'FR', 'GB', 'NL'].map((code) => new Option(code, code)));
    input.id = 'field-' + name;
    input.name = old ? oldNames[name] ?? name : name;
    if (hints[name]) input.placeholder = hints[name];
    if (values[name]) input.value = values[name];
    input.autocomplete = 'off';
    page.body.append(label, input);
    inputs[name] = input;
  }
  return inputs;
};

const digitsOf = (text) => String(text ?? '').replace(/[\s-]/g, '');
const expiryOf = (text) => {
  const parts = /^\s*(\d{1,2})\s*[/-]?\s*(\d{2}|\d{4})\s*$/.exec(text ?? '');
  return parts && { month: Number(parts[1]), year: Number(parts[2].length === 2 ? '20' + parts[2] : parts[2]) };
};
const incomplete = { number: 'Your card number is incomplete.', expiry: 'Your card’s expiration date is incomplete.', cvc: 'Your card’s security code is incomplete.' };
const isComplete = (name, value) =>
  optional.has(name) || (name === 'number' ? digitsOf(value).length >= 14 : name === 'expiry' ? expiryOf(value) !== null : name === 'cvc' ? /^\d{3,4}$/.test(value) : String(value ?? '').trim() !== '');
const problemOf = (values, names) => {
  const missing = names.find((name) => !isComplete(name, values[name]));
  if (missing === undefined) return undefined;
  const code = cardFields.includes(missing) ? 'incomplete_' + missing : 'incomplete_' + (missing === 'iban' ? 'iban' : 'payment_details');
  return { type: 'validation_error', code, message: incomplete[missing] ?? 'Your ' + labels[missing].toLowerCase() + ' is incomplete.' };
};
`;
