/** The part of the script that sends requests with the publishable key. */

export const TRANSPORT = String.raw`
const base = new URL(document.currentScript.src).origin;

const encode = (value, name, form) => {
  if (value === undefined || value === null) return;
  if (Array.isArray(value)) value.forEach((entry, index) => encode(entry, name + '[' + index + ']', form));
  else if (typeof value === 'object')
    for (const [key, entry] of Object.entries(value)) encode(entry, name === '' ? key : name + '[' + key + ']', form);
  else form.append(name, String(value));
};

/** Returns the object, or throws Stripe's error. */
const createApi = (key) => async (method, path, params = {}) => {
  const form = new URLSearchParams();
  encode(params, '', form);
  const query = method === 'GET' ? '?' + form : '';
  const answer = await fetch(base + '/v1/' + path + query, {
    method,
    headers: { Authorization: 'Bearer ' + key },
    ...(method === 'GET' ? {} : { body: form }),
  });
  const body = await answer.json();
  if (answer.ok) return body;
  throw Object.assign(new Error(body.error.message), { details: body.error });
};

/** Calls return errors instead of throwing them, as Stripe's script does. */
const asResult = async (name, work) => {
  try {
    return { [name]: await work() };
  } catch (error) {
    if (error.details) return { error: error.details };
    if (error instanceof TypeError)
      return { error: { type: 'api_connection_error', message: 'The simulator does not answer: ' + error.message } };
    throw error;
  }
};

const fail = (details) => {
  throw Object.assign(new Error(details.message), { details });
};

const idOf = (secret, prefix) => {
  const [id] = String(secret).split('_secret_');
  if (!id.startsWith(prefix) || id === secret)
    throw new Error('Invalid value: the client secret should have the form ' + prefix + '…_secret_…, and not ' + secret);
  return id;
};
`;
