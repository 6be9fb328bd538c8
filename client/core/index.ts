/** The client of the account API, without dependencies, for browsers, React Native, Node and edge runtimes. */
export {
  type Access,
  type BillingOptions,
  type CallOptions,
  type Client,
  type ClientOptions,
  createClient,
  type ReadOptions,
} from './client.ts';
export { AccountError, type ErrorCode } from './error.ts';
export type { GetToken, TokenRequest } from './request.ts';
export type {
  AccountDeletion,
  Billing,
  Cancellation,
  Change,
  ChangeAnswer,
  ChangePreview,
  ChangePreviewRequest,
  CheckoutRequest,
  CheckoutSession,
  CheckoutSessionOf,
  Entitlements,
  OwnPrices,
  PortalRequest,
  PortalSession,
  Price,
  Problem,
  ProblemCode,
} from './types.ts';
