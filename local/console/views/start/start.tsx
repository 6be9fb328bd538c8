/** The view "Start". */
import { Empty } from '../../ui/parts.tsx';

export function Start() {
  return <Empty title="Start" />;
}
