import Link from 'next/link';

export default function Home() {
  return (
    <section className="hero">
      <h1>Reports that write themselves.</h1>
      <p>Lumen turns your numbers into a page that people read. Try it free for a week.</p>
      <p className="actions">
        <Link className="button" href="/sign-up">
          Get started
        </Link>
        <Link className="button quiet-button" href="/pricing">
          See the prices
        </Link>
      </p>
    </section>
  );
}
