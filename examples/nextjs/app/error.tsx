'use client';

/** Shows that nothing could be found out, which is no "no". */
export default function ErrorPage({ reset }: { readonly reset: () => void }) {
  return (
    <section className="card narrow">
      <h1>One moment</h1>
      <p>We cannot check your access at the moment.</p>
      <button className="button" type="button" onClick={reset}>
        Try again
      </button>
    </section>
  );
}
