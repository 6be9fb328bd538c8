import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedApi, startScriptedApi, tokenWith } from '../testing/scripted-api.ts';
import { createClient } from './index.ts';

let api: ScriptedApi;
beforeAll(async () => {
  api = await startScriptedApi();
});
afterAll(() => api.close());

const clientOf = () =>
  createClient({ baseUrl: api.url, getToken: () => tokenWith({ sub: 'ada' }), retries: 0 });
const changed = { outcome: 'changed', at: null, payment_url: null, payment_expires_at: null };

describe('The client', () => {
  it('shows a change, makes it, and cancels and resumes the subscription', async () => {
    const { subscription } = clientOf();
    api.answerWith(() => ({ body: { due_now: 990, preview: 'p' } }));
    expect(await subscription.previewChange({ price: 'pro' })).toMatchObject({ due_now: 990, preview: 'p' });
    api.answerWith(() => ({ body: changed }));
    expect(await subscription.change({ price: 'pro', preview: 'p' })).toEqual(changed);
    expect(await subscription.cancel({ feedback: 'unused' })).toEqual(changed);
    expect(await subscription.cancel()).toEqual(changed);
    expect(await subscription.resume()).toEqual(changed);
  });

  it('takes no other answer for a change or its preview', async () => {
    const { subscription } = clientOf();
    api.answerWith(() => ({ body: {} }));
    await expect(subscription.previewChange({})).rejects.toThrow('no preview');
    await expect(subscription.resume()).rejects.toThrow('what has become of the change');
  });
});
