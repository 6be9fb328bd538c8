/** Reads entitlements: from the API, from a simultaneous equal call, or from the answer of a moment ago. */
import { readEntitlements } from './answers.ts';
import { type Call, send, type Transport } from './request.ts';
import { sharedCalls } from './shared-calls.ts';
import { factsOf, type TokenFacts } from './token.ts';
import type { Entitlements } from './types.ts';

export interface Reads {
  /** Undefined: no one is signed in, or the token says nothing. */
  facts(): Promise<TokenFacts | undefined>;
  read(
    call: Call,
    options: { readonly fresh: boolean; readonly signal: AbortSignal | undefined },
  ): Promise<Entitlements>;
  clear(): void;
}

export function createReads(
  transport: Transport,
  { cacheSeconds, nowMs }: { readonly cacheSeconds: number; readonly nowMs: () => number },
): Reads {
  const shared = sharedCalls<Entitlements>();
  let cached: { readonly sub: string; readonly answer: Entitlements; readonly untilMs: number } | undefined;
  // An answer to a request that began before is not cached: it belongs to the user, or the state, of before.
  let generation = 0;

  const clear = () => {
    generation += 1;
    cached = undefined;
  };

  async function currentToken(): Promise<{ token: string | undefined; facts: TokenFacts | undefined }> {
    const token = await transport.getToken({ forceRefresh: false });
    const facts = token ? factsOf(token) : undefined;
    if (cached?.sub !== facts?.sub) clear();
    return { token: token ?? undefined, facts };
  }

  return {
    facts: async () => (await currentToken()).facts,
    read: async (call, { fresh, signal }) => {
      const { token, facts } = await currentToken();
      if (!fresh && cached !== undefined && nowMs() < cached.untilMs) return cached.answer;
      const begun = generation;
      const start = async (stop: AbortSignal) => {
        const answer = readEntitlements(await send(transport, { ...call, token, signal: stop }));
        if (facts !== undefined && begun === generation) {
          cached = { sub: facts.sub, answer, untilMs: nowMs() + cacheSeconds * 1_000 };
        }
        return answer;
      };
      return shared(`${call.method} ${call.path} ${facts?.sub ?? token}`, start, signal);
    },
    clear,
  };
}
