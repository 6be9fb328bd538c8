/** Downloads spans with their details: all that are kept, a story, or what the filters show. */
import { CONTROL_PREFIX, type Span } from '../../../control/contract.ts';
import { control } from '../../api.ts';
import { useTask } from '../../state/use-task.ts';
import { Button } from '../../ui/parts.tsx';

export interface ExportProps {
  readonly story: number | null;
  /** Null: no filter is set. */
  readonly shown: readonly Span[] | null;
}

const FILE = 'timeline.json';

export function Export({ story, shown }: ExportProps) {
  const task = useTask();
  if (story === null && shown !== null) {
    return (
      <Button icon="download" busy={task.busy} onClick={() => task.run(() => downloadShown(shown))}>
        Export what is shown
      </Button>
    );
  }
  const query = story === null ? '' : `?story=${story}`;
  return (
    <a class="button plain" href={`${CONTROL_PREFIX}/spans/export${query}`} download={FILE}>
      {story === null ? 'Export' : 'Export the story'}
    </a>
  );
}

async function downloadShown(shown: readonly Span[]): Promise<void> {
  const ids = new Set(shown.map(({ id }) => id));
  const file = await control<{ readonly spans: readonly Span[] }>('/spans/export');
  const chosen = { ...file, spans: file.spans.filter(({ id }) => ids.has(id)) };
  const url = URL.createObjectURL(new Blob([JSON.stringify(chosen, null, 1)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = FILE;
  link.click();
  URL.revokeObjectURL(url);
}
