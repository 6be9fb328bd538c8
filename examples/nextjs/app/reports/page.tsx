import { ReportButton } from '../../components/report-button';
import { access } from '../../lib/access';
import { dateText } from '../../lib/format';

export const metadata = { title: 'Reports – Lumen' };

/** The paid page. The proxy has refused everyone else already; the page does not rely on it. */
export default async function Reports() {
  const { entitlements } = await access().requireAccess();
  const until = dateText(
    entitlements.trial_active ? entitlements.trial_expires_at : entitlements.current_period_end,
  );
  return (
    <section>
      <h1>Reports</h1>
      <p className="quiet">
        {entitlements.trial_active ? 'Your trial runs' : 'Your plan runs'}
        {until === undefined ? '' : ` until ${until}`}.
      </p>
      <article className="card">
        <h2>This week</h2>
        <p>Revenue rose by 12 percent, most of it from people who came back.</p>
        <ReportButton write={writeReport} />
      </article>
    </section>
  );
}

/** A server action checks for itself: anyone can call it. */
async function writeReport(): Promise<string> {
  'use server';
  await access().requireAccess({}, { returnTo: '/reports' });
  return `Report of ${new Date().toISOString().slice(0, 10)}: everything grew.`;
}
