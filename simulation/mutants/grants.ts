/** Defects of grants and of the trial at sign-up: what they take away, what takes them away, and who gets them. */
import { inOrder } from '../../core/entitlement/claims.ts';
import { stateOfClaims } from '../../core/entitlement/merge-claims.ts';
import { type Mutant, without, writing } from './mutant.ts';

const WEEK_DAYS = 7;

export const grantMutants: readonly Mutant[] = [
  {
    name: 'a grant replaces the claims of others',
    violates: ['7'],
    focus: { kinds: ['grant_until', 'subscribe', 'revoke_grants'] },
    mutate: (systems) => ({
      ...systems,
      grant: (services) =>
        systems.grant(
          writing(services, (state) => {
            const claims = state.claims.filter(({ source }) => source === 'grant');
            return { ...state, ...stateOfClaims(claims, state.features) };
          }),
        ),
    }),
  },
  {
    name: 'a revocation removes what other sources gave',
    violates: ['18'],
    focus: { kinds: ['grant_until', 'subscribe', 'revoke_grants'] },
    mutate: (systems) => ({
      ...systems,
      revoke: (services) =>
        systems.revoke(writing(services, (state) => ({ ...state, ...stateOfClaims([], state.features) }))),
    }),
  },
  {
    name: 'a sync of Stripe drops grants',
    violates: ['7'],
    focus: { kinds: ['grant_until', 'subscribe', 'grant_forever'] },
    mutate: (systems) => ({
      ...systems,
      sync: (services) => systems.sync(writing(services, (state) => without(state, 'grant'))),
    }),
  },
  {
    name: 'the trial at sign-up does not ask whether the person had one',
    violates: ['9'],
    focus: { settings: { signUpTrialDays: WEEK_DAYS, offersTrials: false } },
    mutate: (systems) => ({
      ...systems,
      trials: { read: async () => undefined, put: async () => 'written' },
    }),
  },
  {
    name: 'the trial goes on although a payer began',
    violates: ['5'],
    focus: { settings: { signUpTrialDays: WEEK_DAYS }, kinds: ['subscribe', 'fail_renewal', 'pause'] },
    mutate: (systems) => ({
      ...systems,
      sync: (services) =>
        systems.sync(
          writing(services, (state, { claims: before }) => {
            const trials = before.filter(({ source }) => source === 'trial');
            const claims = inOrder([...without(state, 'trial').claims, ...trials]);
            return { ...state, ...stateOfClaims(claims, state.features) };
          }),
        ),
    }),
  },
];
