/** What the app sees of a user, in one sentence. */
import type { AccessSentence } from '../../../control/contract.ts';
import { AccessBadge } from '../../ui/parts.tsx';

export function Sentence({ sentence }: { readonly sentence: AccessSentence }) {
  const { granted, text, status, by } = sentence;
  const tone = granted === null ? 'neutral' : granted ? 'in' : 'out';
  return (
    <div class={`sentence ${tone}`} role="status">
      <AccessBadge granted={granted} />
      <p>{text}</p>
      <p class="quiet small">
        <code>access_granted: {String(granted ?? 'unknown')}</code> · status {status}
        {by === null ? '' : ` · written by ${by}`}
      </p>
    </div>
  );
}
