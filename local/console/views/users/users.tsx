/** The view "Users". */
import { Empty } from '../../ui/parts.tsx';

export function Users() {
  return <Empty title="Users" />;
}
