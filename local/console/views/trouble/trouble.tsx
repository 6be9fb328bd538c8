/** The view "Trouble". */
import { Empty } from '../../ui/parts.tsx';

export function Trouble() {
  return <Empty title="Trouble" />;
}
