import { createClient } from '@predixa/client';
import { safePath } from '@predixa/client/next';
import { BuyButton } from '../../components/buy-button';
import { intervalText, priceText, trialText } from '../../lib/format';
import { settings } from '../../lib/settings';

export const metadata = { title: 'Pricing – Lumen' };

interface PricingProps {
  readonly searchParams: Promise<{ readonly next?: string; readonly reason?: string }>;
}

export default async function Pricing({ searchParams }: PricingProps) {
  const { next, reason } = await searchParams;
  const prices = await createClient({ baseUrl: settings().apiUrl, getToken: () => null }).prices.list();
  return (
    <section>
      <h1>Pricing</h1>
      {reason === 'denied' ? (
        <p className="notice">Reports are part of a plan. Choose one to go on.</p>
      ) : null}
      <ul className="plans">
        {/* An add-on is bought with a plan. */}
        {prices
          .filter(({ role }) => role === 'plan')
          .map((price) => (
            <li className="card" key={price.id}>
              <h2>{price.product.name}</h2>
              <p className="amount">
                {priceText(price)} <span className="quiet">{intervalText(price)}</span>
              </p>
              {price.trial_days === 0 ? null : <p className="quiet">{trialText(price)}</p>}
              {price.product.description === null ? null : <p>{price.product.description}</p>}
              <ul>
                {price.product.features.map((feature) => (
                  <li key={feature}>{feature}</li>
                ))}
              </ul>
              <BuyButton price={price.id} next={safePath(next, '/reports')} />
            </li>
          ))}
      </ul>
    </section>
  );
}
