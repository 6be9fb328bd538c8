export const metadata = { title: 'Goodbye – Lumen' };

interface GoodbyeProps {
  readonly searchParams: Promise<{ readonly continues?: string | readonly string[] }>;
}

/** The stores whose pages end a subscription. A link with any other address is not shown. */
const stores = ['https://apps.apple.com/', 'https://play.google.com/', 'https://www.amazon.com/'];

export default async function Goodbye({ searchParams }: GoodbyeProps) {
  const { continues = [] } = await searchParams;
  const links = [continues].flat().filter((url) => stores.some((store) => url.startsWith(store)));
  return (
    <section className="card narrow">
      <h1>Your account is deleted</h1>
      <p>Thank you for having been here.</p>
      {links.map((url) => (
        <p key={url}>
          A subscription in an app store goes on until you end it: <a href={url}>end it there</a>.
        </p>
      ))}
    </section>
  );
}
