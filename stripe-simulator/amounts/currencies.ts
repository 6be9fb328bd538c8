/**
 * How many decimal places Stripe gives the amounts of a currency. They are not always those of ISO 4217: Stripe counts
 * the Icelandic króna and the Ugandan shilling in hundredths, and the ariary in whole units.
 */

const zeroPlaces = 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf'.split(' ');
const threePlaces = 'bhd jod kwd omr tnd'.split(' ');

export function placesOf(currency: string): number {
  const code = currency.toLowerCase();
  if (zeroPlaces.includes(code)) return 0;
  return threePlaces.includes(code) ? 3 : 2;
}
