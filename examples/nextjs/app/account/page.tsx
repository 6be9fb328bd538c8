import { AccountPanel } from '../../components/account-panel';
import { access } from '../../lib/access';

export const metadata = { title: 'Account – Lumen' };

export default async function Account() {
  const { email } = await access().requireUser({ returnTo: '/account' });
  return (
    <section>
      <h1>Account</h1>
      <AccountPanel email={email} />
    </section>
  );
}
