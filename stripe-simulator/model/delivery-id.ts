/** The id of a delivery, built from its event and endpoint so that it can be looked up directly. */

export function deliveryId(eventId: string, endpointId: string): string {
  return `${eventId}/${endpointId}`;
}
