/** One delivery an event and endpoint, found without searching. */

export function deliveryId(eventId: string, endpointId: string): string {
  return `${eventId}/${endpointId}`;
}
