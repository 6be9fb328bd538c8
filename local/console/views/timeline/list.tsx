/** The timeline as a table, the newest span first. */
import { useState } from 'preact/hooks';
import type { Span } from '../../../control/contract.ts';
import { clockTimeOf } from '../../ui/format.ts';
import { Badge, Button } from '../../ui/parts.tsx';
import { laneNames, lengthText, outcomeText } from './words.ts';

export interface ListProps {
  readonly spans: readonly Span[];
  readonly selected: number | null;
  readonly onSelect: (span: Span) => void;
}

const PAGE = 100;

export function List({ spans, selected, onSelect }: ListProps) {
  const [count, setCount] = useState(PAGE);
  const shown = spans.slice(-count).reverse();
  return (
    <div class="stack tight">
      <div class="scroller card flush" role="region" aria-label="Spans" tabIndex={0}>
        <table class="list spans">
          <thead>
            <tr>
              <th scope="col">Began</th>
              <th scope="col">System</th>
              <th scope="col">What</th>
              <th scope="col">Outcome</th>
              <th scope="col">Took</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((span) => (
              <tr key={span.id} aria-selected={span.id === selected ? 'true' : undefined}>
                <td class="numbers">{clockTimeOf(span.startMs)}</td>
                <td>{laneNames[span.lane]}</td>
                <td>
                  <button type="button" class="link" onClick={() => onSelect(span)}>
                    {span.title}
                  </button>
                  {span.note === null ? null : <span class="quiet note"> {span.note}</span>}
                </td>
                <td>
                  <Badge status={span.outcome}>{outcomeText(span)}</Badge>
                </td>
                <td class="numbers">{lengthText(span)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {spans.length > count ? (
        <Button onClick={() => setCount(count + PAGE)}>
          Show {Math.min(PAGE, spans.length - count)} older of {spans.length}
        </Button>
      ) : null}
    </div>
  );
}
