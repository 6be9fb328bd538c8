/** Where a code goes, as Cognito shows it: it never answers with the whole address. */
import type { JsonObject } from './backend.ts';

/** The emulator sends nothing: the local cloud has one code for everything, which it prints at its start. */
export function deliveryTo(email: string): JsonObject {
  return { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: masked(email) };
}

function masked(email: string): string {
  const [name = '', domain = ''] = email.split('@');
  return `${name.slice(0, 1)}***@${domain.slice(0, 1)}***`;
}
