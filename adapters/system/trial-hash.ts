/** Opens the hash under which trials are recorded, with its key from the environment or from Secrets Manager. */
import type { TrialHash } from '../../core/checkout/trial-claim.ts';
import { formerHashKey } from '../../core/settings/secrets.ts';
import { keyedHash } from './hash.ts';
import { createSecret, type SecretServices, type SecretSource, secretIn } from './secret.ts';

const setting = { name: 'TRIAL_HASH_KEY', context: {} } as const;

export function createTrialHash(source: SecretSource, services: SecretServices): () => Promise<TrialHash> {
  const accept = (text: string): string => {
    secretIn(text, setting);
    return text;
  };
  const secret = createSecret(source, { ...services, accept });
  return async () => {
    const text = await secret.read();
    const former = formerHashKey(text);
    return {
      hash: keyedHash(secretIn(text, setting)),
      formerHash: former === undefined ? undefined : keyedHash(former),
    };
  };
}
