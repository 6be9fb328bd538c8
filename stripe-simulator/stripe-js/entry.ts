/** The part of the script that is the function `Stripe`, with everything that pages call. */

export const ENTRY = String.raw`
const embedCheckout = async ({ clientSecret, fetchClientSecret, onComplete } = {}) => {
  const secret = clientSecret ?? (await fetchClientSecret());
  const [session] = secret.split('_secret_');
  let frame;
  const answered = ({ origin, data }) => {
    if (origin !== base || data?.stripeSimulator !== 'complete' || data.session !== session) return;
    if (onComplete) onComplete();
    else if (data.url) location.assign(data.url);
  };
  return {
    mount(target) {
      const place = typeof target === 'string' ? document.querySelector(target) : target;
      frame = Object.assign(document.createElement('iframe'), { src: base + '/c/pay/' + session, name: 'embedded-checkout', title: 'Secure payment page' });
      frame.style.cssText = 'border:0;width:100%;min-height:900px';
      addEventListener('message', answered);
      place.replaceChildren(frame);
    },
    unmount() { frame?.remove(); removeEventListener('message', answered); },
    destroy() { this.unmount(); },
  };
};

const createStripe = (key, options = {}) => {
  if (!/^pk_/.test(key ?? '')) throw new Error('Invalid API key: use the publishable key, which begins with pk_, and not ' + String(key).slice(0, 3) + '….');
  const api = createApi(key);
  const { payment, setup } = kinds;
  const result = (kind, work) => asResult(kind.name, work);
  const old = (kind, type) => {
    const confirm = confirmOld(api, kind, type);
    return (...given) => result(kind, () => confirm(...given));
  };
  const next = (kind) => async (secret) => result(kind, async () => handleAction(api, kind, await retrieve(api, kind, secret)));
  const methodParams = async ({ elements, element, params, type, card, billing_details, ...rest }) => {
    const source = elements ?? element?._group;
    if (source) return (await namedMethod({ elements: source, params: { payment_method_data: params } })).payment_method_data;
    const part = card ?? rest[type];
    const data = part instanceof StripeElement ? methodData(valuesIn(part), type, { ...billing_details }) : { type, [type]: part, billing_details };
    return { ...data, metadata: rest.metadata };
  };
  return {
    elements: (given) => new StripeElements(api, { ...given }),
    confirmPayment: (given) => result(payment, () => confirmIntent(api, payment, given)),
    confirmSetup: (given) => result(setup, () => confirmIntent(api, setup, given)),
    confirmCardPayment: old(payment, 'card'),
    confirmCardSetup: old(setup, 'card'),
    confirmSepaDebitPayment: old(payment, 'sepa_debit'),
    confirmSepaDebitSetup: old(setup, 'sepa_debit'),
    confirmUsBankAccountPayment: old(payment, 'us_bank_account'),
    confirmUsBankAccountSetup: old(setup, 'us_bank_account'),
    handleCardAction: (secret) => next(payment)(secret),
    handleNextAction: ({ clientSecret }) => next(clientSecret.startsWith('seti_') ? setup : payment)(clientSecret),
    retrievePaymentIntent: (secret) => result(payment, () => retrieve(api, payment, secret)),
    retrieveSetupIntent: (secret) => result(setup, () => retrieve(api, setup, secret)),
    createPaymentMethod: (given, element, data) =>
      asResult('paymentMethod', async () => api('POST', 'payment_methods', await methodParams(typeof given === 'string' ? { type: given, [given]: element, ...data } : given))),
    createConfirmationToken: ({ elements, params = {} }) =>
      asResult('confirmationToken', async () => {
        const { payment_method_data } = await namedMethod({ elements, params });
        return api('POST', 'confirmation_tokens', { payment_method_data, return_url: params.return_url, shipping: params.shipping });
      }),
    createToken: (element, data = {}) =>
      asResult('token', async () => {
        const { card } = methodData(valuesIn(element), 'card');
        return api('POST', 'tokens', { card: { ...card, name: data.name } });
      }),
    verifyMicrodepositsForPayment: (secret, data) => result(payment, () => api('POST', payment.path + idOf(secret, 'pi_') + '/verify_microdeposits', { client_secret: secret, ...data })),
    verifyMicrodepositsForSetup: (secret, data) => result(setup, () => api('POST', setup.path + idOf(secret, 'seti_') + '/verify_microdeposits', { client_secret: secret, ...data })),
    redirectToCheckout: async ({ sessionId }) => {
      location.assign(base + '/c/pay/' + sessionId);
      return new Promise(() => {});
    },
    initEmbeddedCheckout: embedCheckout,
    createEmbeddedCheckoutPage: embedCheckout,
    paymentRequest: () => ({ canMakePayment: async () => null, on() { return this; }, once() { return this; }, off() { return this; }, show() {}, update() {}, abort() {} }),
    registerAppInfo() {},
    _registerWrapper() {},
    _apiKey: key,
    _stripeAccount: options.stripeAccount,
  };
};

const Stripe = function (key, options) { return createStripe(key, options); };
Stripe.version = 3;
window.Stripe = Stripe;
`;
