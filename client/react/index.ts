/** React: a provider, hooks and a gate over the client of the account API. */
'use client';

export { safePath } from '../next/paths.ts';
export { type AccessCheck, type AccessDecision, mayUse } from './access.ts';
export { Gate, type GateProps } from './gate.ts';
export { type UseEntitlements, useAccess, useAccountClient, useEntitlements } from './hooks.ts';
export { AccountProvider, type AccountProviderProps } from './provider.ts';
export type { EntitlementsState } from './store.ts';
