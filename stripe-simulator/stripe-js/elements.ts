/** The part of the script that is `stripe.elements()`. */

export const ELEMENTS = String.raw`
class StripeElement {
  constructor(type, group, options = {}) {
    Object.assign(this, { _type: type, _group: group, _options: options, _handlers: {}, _inputs: {}, _chosen: 'card' });
  }
  on(event, handler) { (this._handlers[event] ??= []).push(handler); return this; }
  once(event, handler) {
    const both = (value) => { this.off(event, both); handler(value); };
    return this.on(event, both);
  }
  off(event, handler) {
    this._handlers[event] = handler === undefined ? [] : (this._handlers[event] ?? []).filter((one) => one !== handler);
    return this;
  }
  _emit(event, value = {}) {
    for (const handler of this._handlers[event] ?? []) handler({ elementType: this._type, ...value });
  }
  mount(target) {
    const place = typeof target === 'string' ? document.querySelector(target) : target;
    if (!place) throw new Error('The selector you specified applies to no DOM elements that are currently on the page: ' + target);
    this._place = place;
    place.classList.add('StripeElement');
    this._shown = this._show();
    return this;
  }
  async _show() {
    const { frame, page } = openFrame(this._place, titles[this._type] ?? titles.payment);
    this._page = page;
    this._emit('loaderstart');
    const types = this._type === 'payment' ? await this._group._types().catch((error) => { this._emit('loaderror', { error: error.details ?? error }); return ['card']; }) : [];
    if (this._type === 'payment') this._addTypes(types.filter((type) => fieldsOfType[type]));
    else this._inputs = addFields(page, fieldsOf[this._type] ?? [], { old: true, values: this._defaults() });
    for (const name of ['input', 'change']) page.addEventListener(name, () => this._changed());
    page.addEventListener('focusin', () => { place(this, true); this._emit('focus'); });
    page.addEventListener('focusout', () => { place(this, false); this._emit('blur'); });
    page.addEventListener('keydown', ({ key }) => key === 'Escape' && this._emit('escape'));
    frame.style.height = page.documentElement.scrollHeight + 8 + 'px';
    this._emit('ready', this._type === 'expressCheckout' ? { availablePaymentMethods: undefined } : {});
  }
  _defaults() {
    const { billingDetails = {}, email } = this._options.defaultValues ?? {};
    return { email: email ?? billingDetails.email, name: billingDetails.name };
  }
  _addTypes(types) {
    const page = this._page;
    this._chosen = types[0] ?? 'card';
    if (types.length > 1) {
      const tabs = page.body.appendChild(Object.assign(page.createElement('div'), { className: 'tabs' }));
      tabs.setAttribute('role', 'radiogroup');
      for (const type of types) {
        const label = page.createElement('label');
        const radio = Object.assign(page.createElement('input'), { type: 'radio', name: 'type', value: type, checked: type === this._chosen });
        radio.addEventListener('change', () => { this._chosen = type; this._addInputs(); });
        label.append(radio, typeTitles[type]);
        tabs.append(label);
      }
    }
    this._addInputs();
  }
  _addInputs() {
    for (const old of this._page.querySelectorAll('body > label, body > input, body > select')) old.remove();
    this._inputs = addFields(this._page, fieldsOfType[this._chosen], { values: this._defaults() });
    this._page.defaultView.frameElement.style.height = this._page.documentElement.scrollHeight + 8 + 'px';
  }
  _values() {
    return Object.fromEntries(Object.entries(this._inputs).map(([name, input]) => [name, input.value]));
  }
  _problem() { return problemOf(this._values(), Object.keys(this._inputs)); }
  _changed() {
    const values = this._values();
    const empty = Object.entries(values).every(([name, value]) => optional.has(name) || value === '');
    const problem = this._problem();
    const value = this._type === 'payment' ? { type: this._chosen } : this._type === 'linkAuthentication' ? { email: values.email } : this._type === 'address' ? this._address() : undefined;
    this._place.classList.toggle('StripeElement--complete', problem === undefined);
    this._place.classList.toggle('StripeElement--empty', empty);
    this._emit('change', { empty, complete: problem === undefined, error: undefined, collapsed: false, value });
  }
  _address() {
    const { name, line1, city, postal, country } = this._values();
    return { name, address: { line1, line2: null, city, state: '', postal_code: postal, country } };
  }
  async getValue() { return { complete: this._problem() === undefined, isNewAddress: true, value: this._address() }; }
  update(options) { Object.assign(this._options, options); return this; }
  focus() { Object.values(this._inputs)[0]?.focus(); }
  blur() { Object.values(this._inputs).forEach((input) => input.blur()); }
  clear() { Object.values(this._inputs).forEach((input) => { input.value = ''; }); }
  collapse() {}
  unmount() { this._place?.replaceChildren(); this._place?.classList.remove('StripeElement'); }
  destroy() { this.unmount(); this._group._remove(this); }
}
const place = (element, focused) => element._place.classList.toggle('StripeElement--focus', focused);

class StripeElements {
  constructor(api, options = {}) { Object.assign(this, { _api: api, _options: options, _all: [] }); }
  create(type, options) {
    const element = new StripeElement(type, this, options);
    this._all.push(element);
    return element;
  }
  getElement(type) { return this._all.find((one) => one._type === (typeof type === 'function' ? type.__elementType : type)) ?? null; }
  update(options) { Object.assign(this._options, options); }
  async fetchUpdates() { return {}; }
  async submit() {
    const element = this.getElement('payment');
    await element?._shown;
    const error = element?._problem();
    return error === undefined ? { selectedPaymentMethod: element?._chosen } : { error };
  }
  _remove(element) { this._all = this._all.filter((one) => one !== element); }
  async _types() {
    const { clientSecret, paymentMethodTypes, currency } = this._options;
    if (paymentMethodTypes) return paymentMethodTypes;
    if (clientSecret) {
      const kind = clientSecret.startsWith('seti_') ? 'setup_intents/' : 'payment_intents/';
      return (await this._api('GET', kind + clientSecret.split('_secret_')[0], { client_secret: clientSecret })).payment_method_types;
    }
    return ['card', ...(currency === 'eur' ? ['sepa_debit'] : currency === 'usd' ? ['us_bank_account'] : [])];
  }
}

/** Returns what the fields say as the data of a payment method. */
const methodData = (values, type, details = {}) => {
  const billing = { ...details };
  if (values.name) billing.name ??= values.name;
  if (values.email) billing.email ??= values.email;
  if (values.postal || values.country) billing.address = { ...(values.postal ? { postal_code: values.postal } : {}), ...(values.country ? { country: values.country } : {}), ...billing.address };
  if (type === 'sepa_debit') return { type, sepa_debit: { iban: digitsOf(values.iban) }, billing_details: billing };
  if (type === 'us_bank_account')
    return { type, us_bank_account: { account_number: values.account, routing_number: values.routing, account_holder_type: 'individual' }, billing_details: billing };
  const expiry = expiryOf(values.expiry);
  return { type: 'card', card: { number: digitsOf(values.number), exp_month: expiry?.month, exp_year: expiry?.year, cvc: values.cvc }, billing_details: billing };
};

const valuesIn = (element) => {
  const parts = ['cardNumber', 'cardExpiry', 'cardCvc'].includes(element._type)
    ? element._group._all.filter((one) => ['cardNumber', 'cardExpiry', 'cardCvc'].includes(one._type))
    : [element];
  const problem = parts.map((one) => one._problem()).find((one) => one !== undefined);
  if (problem !== undefined) fail(problem);
  return Object.assign({}, ...parts.map((one) => one._values()));
};
`;
