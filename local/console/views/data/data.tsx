/** The view "Data". */
import { Empty } from '../../ui/parts.tsx';

export function Data() {
  return <Empty title="Data" />;
}
