import { SignInForm } from '../../components/sign-in-form';

export const metadata = { title: 'Sign in – Lumen' };

interface SignInProps {
  readonly searchParams: Promise<{ readonly next?: string; readonly reason?: string }>;
}

export default async function SignIn({ searchParams }: SignInProps) {
  const { next, reason } = await searchParams;
  return <SignInForm next={next} reason={reason} />;
}
