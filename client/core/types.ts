/** The types of the API, from its OpenAPI document. */
import type { components } from './openapi.ts';

type Schemas = components['schemas'];

export type Entitlements = Readonly<Schemas['EntitlementsResponse']>;
export type CheckoutRequest = Readonly<Schemas['CheckoutSessionRequest']>;
export type CheckoutSession = Readonly<Schemas['CheckoutSessionResponse']>;
export type PortalRequest = Readonly<Schemas['BillingPortalSessionRequest']>;
export type PortalSession = Readonly<Schemas['BillingPortalSessionResponse']>;
export type AccountDeletion = Readonly<Schemas['AccountDeletionResponse']>;
export type ChangePreviewRequest = Readonly<Schemas['SubscriptionPreviewRequest']>;
export type ChangePreview = Readonly<Schemas['SubscriptionPreviewResponse']>;
export type Change = Readonly<Schemas['SubscriptionChange']>;
export type Cancellation = Readonly<Schemas['SubscriptionCancellation']>;
export type ChangeAnswer = Readonly<Schemas['SubscriptionResponse']>;
export type Billing = Readonly<Schemas['BillingResponse']>;
export type Price = Readonly<Schemas['OfferedPrice']>;
export type OwnPrices = Readonly<Schemas['OwnPricesResponse']>;
export type Problem = Readonly<Schemas['Problem']>;
export type ProblemCode = Schemas['ProblemCode'];
