import { SignUpForm } from '../../components/sign-up-form';

export const metadata = { title: 'Create an account – Lumen' };

interface SignUpProps {
  readonly searchParams: Promise<{ readonly next?: string; readonly confirm?: string }>;
}

export default async function SignUp({ searchParams }: SignUpProps) {
  const { next, confirm } = await searchParams;
  return <SignUpForm next={next} unconfirmed={confirm} />;
}
