/** Everything about one span: request, answer, logs and attempts. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Span, SpanDetail } from '../../../control/contract.ts';
import { control } from '../../api.ts';
import { hrefOf } from '../../state/route.ts';
import { spans } from '../../state/spans.ts';
import { useTask } from '../../state/use-task.ts';
import { clockTimeOf, dateTimeOf, shortId } from '../../ui/format.ts';
import { Json } from '../../ui/json.tsx';
import { Badge, Button, CopyButton, Notice } from '../../ui/parts.tsx';
import { say } from '../../ui/toast.tsx';
import { laneNames, lengthText, outcomeText } from './words.ts';

export interface DetailProps {
  readonly span: Span;
  readonly onSelect: (span: Span) => void;
  readonly onClose: () => void;
}

export function Detail({ span, onSelect, onClose }: DetailProps) {
  const { detail, error } = useDetail(span);
  return (
    <aside class="span-detail" aria-label="The selected span">
      <header class="card-head">
        <h2>{span.title}</h2>
        <Button kind="quiet" icon="cross" aria-label="Close the span" onClick={onClose} />
      </header>
      <Facts span={span} />
      {span.replay === null ? null : (
        <>
          <Replay id={span.replay} />
          <Attempts of={span} onSelect={onSelect} />
        </>
      )}
      {error === undefined ? null : <Notice tone="danger">{error.message}</Notice>}
      {detail === undefined ? null : <Parts detail={detail} />}
    </aside>
  );
}

/** Read again when the span ends. */
function useDetail({ id, hasDetail, outcome }: Span) {
  const [state, setState] = useState<{ id: number; detail?: SpanDetail; error?: Error }>({ id });
  useEffect(() => {
    if (!hasDetail) return undefined;
    const abort = new AbortController();
    control<SpanDetail>(`/spans/${id}`, { signal: abort.signal }).then(
      (detail) => setState({ id, detail }),
      (error: unknown) => {
        if (!abort.signal.aborted && error instanceof Error) setState({ id, error });
      },
    );
    return () => abort.abort();
  }, [id, hasDetail, outcome]);
  return state.id === id
    ? { detail: state.detail, error: state.error }
    : { detail: undefined, error: undefined };
}

function Facts({ span }: { readonly span: Span }) {
  return (
    <dl class="facts">
      <Fact name="System">{laneNames[span.lane]}</Fact>
      <Fact name="Outcome">
        <Badge status={span.outcome}>{outcomeText(span)}</Badge>
      </Fact>
      {span.note === null ? null : (
        <Fact name="Why">
          <span class="mono">{span.note}</span>
        </Fact>
      )}
      <Fact name="Took">{lengthText(span)}</Fact>
      <Fact name="Began">{clockTimeOf(span.startMs)}</Fact>
      <Fact name="Cloud's clock">{dateTimeOf(span.clockMs)}</Fact>
      {span.externalId === null ? null : (
        <Fact name="Id">
          <span class="mono">{span.externalId}</span>{' '}
          <CopyButton text={span.externalId} label="Copy the id" />
        </Fact>
      )}
      {span.subjects.length === 0 ? null : (
        <Fact name="Of">
          {span.subjects.map((subject) => (
            <a key={subject} class="subject mono" href={subjectHref(subject)}>
              {shortId(subject)}
            </a>
          ))}
        </Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** Only a `sub` has a page. Of a customer, the timeline shows what it knows. */
function subjectHref(subject: string): string {
  return subject.startsWith('cus_')
    ? hrefOf('timeline', { user: subject })
    : hrefOf('users', { user: subject });
}

function Replay({ id }: { readonly id: string }) {
  const task = useTask();
  const replay = async () => {
    await control(`/deliveries/${encodeURIComponent(id)}/replay`, { method: 'POST' });
    say('The event is delivered again.');
  };
  return (
    <Button icon="replay" busy={task.busy} onClick={() => task.run(replay)}>
      Deliver again
    </Button>
  );
}

function Parts({ detail }: { readonly detail: SpanDetail }) {
  const { request, answer, logs } = detail;
  return (
    <>
      {request === null ? null : (
        <Part title="Request">
          <Json value={request} label="The request" />
        </Part>
      )}
      {answer === null ? null : (
        <Part title="Answer">
          <Json value={answer} label="The answer" />
        </Part>
      )}
      {logs.length === 0 ? null : (
        <Part title={`Logs (${logs.length})`}>
          <Json value={logs} label="The logs" />
        </Part>
      )}
    </>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** Each attempt of a delivery is a span of its own. */
function Attempts({ of, onSelect }: { readonly of: Span; readonly onSelect: (span: Span) => void }) {
  const attempts = [...spans.value.values()].filter(({ replay }) => replay === of.replay);
  if (attempts.length < 2) return null;
  return (
    <section>
      <h3>Attempts</h3>
      <ol class="attempts">
        {attempts.map((span) => (
          <li key={span.id}>
            <button type="button" class="link numbers" onClick={() => onSelect(span)}>
              {dateTimeOf(span.clockMs)}
            </button>{' '}
            <Badge status={span.outcome}>{outcomeText(span)}</Badge>
            {span.id === of.id ? ' this one' : ''}
          </li>
        ))}
      </ol>
    </section>
  );
}
