/** The part of the script that confirms intents, and shows the bank's question in the page. */

export const CONFIRMATION = String.raw`
const kinds = {
  payment: { path: 'payment_intents/', prefix: 'pi_', name: 'paymentIntent', object: 'payment_intent', error: 'last_payment_error' },
  setup: { path: 'setup_intents/', prefix: 'seti_', name: 'setupIntent', object: 'setup_intent', error: 'last_setup_error' },
};
const POLL_MS = 250;

const retrieve = (api, kind, secret) => api('GET', kind.path + idOf(secret, kind.prefix), { client_secret: secret });

/** Shows the bank's question above the page until the intent no longer waits for the answer. */
const showQuestion = async (api, { kind, secret, url }) => {
  const cover = document.createElement('div');
  cover.style.cssText = 'position:fixed;inset:0;z-index:2147483647;background:rgba(0,0,0,.5);display:flex;align-items:center;justify-content:center';
  const frame = document.createElement('iframe');
  frame.src = url;
  frame.name = '__privateStripeFrame' + ++frames;
  frame.title = '3-D Secure authentication';
  frame.style.cssText = 'border:0;border-radius:8px;background:#fff;width:min(100vw,600px);height:min(100vh,480px)';
  cover.append(frame);
  document.body.append(cover);
  try {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const intent = await retrieve(api, kind, secret);
      if (intent.status !== 'requires_action') return intent;
    }
  } finally {
    cover.remove();
  }
};

/** Does what the intent asks for next, and returns it as it is then. */
const handleAction = async (api, kind, intent) => {
  const action = intent.next_action;
  if (intent.status !== 'requires_action' || !action) return intent;
  const secret = intent.client_secret;
  if (action.type === 'redirect_to_url') {
    location.assign(action.redirect_to_url.url);
    return new Promise(() => {});
  }
  const url = action.use_stripe_sdk?.stripe_js;
  if (!url) return intent;
  const answered = await showQuestion(api, { kind, secret, url });
  if (answered.status === 'requires_payment_method') fail({ ...answered[kind.error], [kind.object]: answered });
  return answered;
};

const leave = (kind, intent, returnUrl) => {
  const url = new URL(returnUrl, location.href);
  url.searchParams.set(kind.object, intent.id);
  url.searchParams.set(kind.object + '_client_secret', intent.client_secret);
  url.searchParams.set('redirect_status', intent.status === 'requires_payment_method' ? 'failed' : 'succeeded');
  location.assign(url);
  return new Promise(() => {});
};

/** Debits need the customer's agreement, and the bank has confirmed the account already. */
const debitTerms = (type) =>
  type === 'card' ? {} : {
    mandate_data: { customer_acceptance: { type: 'online', online: { infer_from_client: true } } },
    ...(type === 'us_bank_account' ? { payment_method_options: { us_bank_account: { verification_method: 'instant' } } } : {}),
  };

/** Returns the payment method that the page names, or that its elements describe. */
const namedMethod = async ({ elements, params = {} }) => {
  if (params.payment_method) return { payment_method: params.payment_method };
  const element = elements?.getElement('payment');
  if (!element) return {};
  await element._shown;
  const problem = element._problem();
  if (problem) fail(problem);
  const { billing_details: details, ...data } = params.payment_method_data ?? {};
  return { payment_method_data: { ...methodData(element._values(), element._chosen, { ...details }), ...data }, ...debitTerms(element._chosen) };
};

const confirmIntent = async (api, kind, { elements, clientSecret, confirmParams = {}, redirect = 'always' }) => {
  const secret = clientSecret ?? elements?._options.clientSecret;
  const { return_url, payment_method, payment_method_data, confirmation_token, expand, ...rest } = confirmParams;
  const method = confirmation_token ? { confirmation_token } : await namedMethod({ elements, params: { payment_method, payment_method_data } });
  const address = kind === kinds.payment ? elements?.getElement('address') : null;
  const shipping = address?._options.mode === 'shipping' ? { shipping: address._address() } : {};
  const confirmed = await api('POST', kind.path + idOf(secret, kind.prefix) + '/confirm', { client_secret: secret, return_url, use_stripe_sdk: true, ...shipping, ...rest, ...method });
  const intent = await handleAction(api, kind, confirmed);
  return redirect === 'if_required' || !return_url ? intent : leave(kind, intent, return_url);
};

/** The older calls name the payment method, or a single element, in their data. */
const oldMethod = (data, type) => {
  const given = data.payment_method;
  if (given === undefined || typeof given === 'string') return given === undefined ? {} : { payment_method: given };
  const part = given[type];
  const details = given.billing_details ?? {};
  if (part instanceof StripeElement) return { payment_method_data: methodData(valuesIn(part), type, { ...details }), ...debitTerms(type) };
  return { payment_method_data: { type, [type]: part, billing_details: details }, ...debitTerms(type) };
};

const confirmOld = (api, kind, type) => async (secret, data = {}, options = {}) => {
  const { payment_method, return_url, ...rest } = data;
  const method = oldMethod(data, type);
  const confirmed = await api('POST', kind.path + idOf(secret, kind.prefix) + '/confirm', { client_secret: secret, return_url, use_stripe_sdk: true, ...rest, ...method });
  return options.handleActions === false ? confirmed : handleAction(api, kind, confirmed);
};
`;
