/**
 * The script of all pages. Every page works without it: it fills in a test card without a request, prevents a second
 * submission, groups the digits of a card number, and moves the focus to the search with `/`.
 */
export const SCRIPT = `'use strict';
const fill = (button) => {
  const form = button.form;
  for (const [name, value] of Object.entries({ card: button.dataset.card, expiry: button.dataset.expiry, cvc: button.dataset.cvc })) {
    const input = form.elements.namedItem(name);
    if (!input) continue;
    input.value = value;
    input.removeAttribute('aria-invalid');
    for (const id of (input.getAttribute('aria-describedby') || '').split(' ')) if (id.endsWith('-error')) document.getElementById(id).hidden = true;
  }
  const fresh = form.elements.namedItem('method');
  if (fresh) for (const choice of form.querySelectorAll('input[name=method]')) choice.checked = choice.value === 'new';
  for (const other of form.querySelectorAll('button[data-card]')) other.setAttribute('aria-pressed', String(other === button));
  const status = form.querySelector('[data-filled]');
  if (status) status.textContent = button.dataset.label + ' is filled in.';
};
// The page of an embedded session reports to the page that shows it.
const complete = document.querySelector('[data-complete]');
if (complete && window.parent !== window) window.parent.postMessage({ stripeSimulator: 'complete', session: complete.dataset.complete, url: complete.dataset.url }, '*');
else if (complete && complete.dataset.url) location.assign(complete.dataset.url);
document.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-card]');
  if (!button) return;
  event.preventDefault();
  fill(button);
});
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = 'yes';
  const button = event.submitter;
  if (!button) return;
  button.dataset.text = button.textContent;
  button.setAttribute('aria-disabled', 'true');
  if (button.dataset.busy) button.textContent = button.dataset.busy;
});
// The back button can restore a page whose form was sent.
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
  for (const button of document.querySelectorAll('button[data-text]')) {
    button.textContent = button.dataset.text;
    button.removeAttribute('aria-disabled');
  }
});
document.addEventListener('change', (event) => {
  if (event.target.name !== 'card') return;
  const digits = event.target.value.replace(/[ -]/g, '');
  if (/^[0-9]+$/.test(digits)) event.target.value = digits.replace(/([0-9]{4})(?=[0-9])/g, '$1 ');
});
document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
  const search = document.querySelector('input[type=search]');
  if (!search) return;
  event.preventDefault();
  search.focus();
});
`;
