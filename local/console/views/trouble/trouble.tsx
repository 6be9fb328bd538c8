/** Time and trouble: scenarios, the clock, faults, and reconcile. */
import type { FunctionComponent } from 'preact';
import { parameter, setParameters } from '../../state/route.ts';
import { Clock } from './clock.tsx';
import { Faults } from './faults.tsx';
import { Reconcile } from './reconcile.tsx';
import { Scenarios } from './scenarios.tsx';

const panels: readonly {
  readonly name: string;
  readonly title: string;
  readonly Panel: FunctionComponent;
}[] = [
  { name: 'scenarios', title: 'Scenarios', Panel: Scenarios },
  { name: 'clock', title: 'Clock', Panel: Clock },
  { name: 'faults', title: 'Faults', Panel: Faults },
  { name: 'reconcile', title: 'Reconcile', Panel: Reconcile },
];

export function Trouble() {
  const wanted = parameter('panel');
  const at = Math.max(
    0,
    panels.findIndex(({ name }) => name === wanted),
  );
  const { Panel, name: current } = panels[at] ?? { Panel: Scenarios, name: 'scenarios' };
  const choose = (index: number) => {
    const chosen = panels[(index + panels.length) % panels.length];
    setParameters({ panel: chosen?.name ?? null }, { push: true });
    document.getElementById(`tab-${chosen?.name}`)?.focus();
  };
  const onKeyDown = ({ key }: KeyboardEvent) => {
    if (key === 'ArrowRight') choose(at + 1);
    if (key === 'ArrowLeft') choose(at - 1);
  };
  return (
    <div class="trouble">
      <header class="view-head">
        <h1>Time and trouble</h1>
      </header>
      <div class="tabs" role="tablist" aria-label="Time and trouble" onKeyDown={onKeyDown}>
        {panels.map(({ name, title }, index) => (
          <button
            key={name}
            id={`tab-${name}`}
            type="button"
            role="tab"
            aria-selected={name === current}
            aria-controls="trouble-panel"
            tabIndex={name === current ? 0 : -1}
            onClick={() => choose(index)}
          >
            {title}
          </button>
        ))}
      </div>
      <div id="trouble-panel" role="tabpanel" aria-labelledby={`tab-${current}`} class="stack">
        <Panel />
      </div>
    </div>
  );
}
