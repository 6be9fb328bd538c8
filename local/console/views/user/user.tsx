/** One user. */
import { Empty } from '../../ui/parts.tsx';

export function User({ sub }: { readonly sub: string }) {
  return <Empty title={sub} />;
}
