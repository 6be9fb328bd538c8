/** Runs reconcile: first only to find, then to repair what a person approves. */
import { useState } from 'preact/hooks';
import type { ReconcileFinding, ReconcileRequest, ReconcileResult } from '../../../control/contract.ts';
import { control } from '../../api.ts';
import { hrefOf } from '../../state/route.ts';
import { useTask } from '../../state/use-task.ts';
import { shortId, wordsOf } from '../../ui/format.ts';
import { Badge, Button, Card, Empty, Notice } from '../../ui/parts.tsx';
import { Commands } from '../start/steps.tsx';

export function Reconcile() {
  const [result, setResult] = useState<ReconcileResult>();
  const [isRepair, setIsRepair] = useState(false);
  const task = useTask();
  const run = (request: ReconcileRequest) =>
    task.run(async () => {
      setResult(await control<ReconcileResult>('/reconcile', { method: 'POST', body: request }));
      setIsRepair(request.repair !== undefined);
    });
  return (
    <>
      <Card
        title="Compare all systems"
        aside={
          <Button kind="primary" icon="search" busy={task.busy} onClick={() => run({})}>
            Find differences
          </Button>
        }
      >
        <p class="quiet">
          Reconcile reads every user, row, customer and subscription, and reports what differs. It changes
          nothing until you approve it.
        </p>
        <Commands of={['environment', 'backfill']} />
      </Card>
      {task.error === undefined ? null : <Notice tone="danger">{task.error.message}</Notice>}
      {result === undefined ? null : isRepair ? (
        <Repaired result={result} />
      ) : (
        <Found key={result.findings.length} result={result} busy={task.busy} onRepair={run} />
      )}
    </>
  );
}

interface FoundProps {
  readonly result: ReconcileResult;
  readonly busy: boolean;
  readonly onRepair: (request: ReconcileRequest) => void;
}

function Found({ result: { checked, findings }, busy, onRepair }: FoundProps) {
  const users = [...new Set(findings.flatMap(({ sub }) => (sub === null ? [] : [sub])))];
  const [approved, setApproved] = useState<ReadonlySet<string>>(new Set(users));
  if (findings.length === 0) {
    return <Empty title="All systems agree">{`${checked} records were compared.`}</Empty>;
  }
  const isAll = users.every((sub) => approved.has(sub));
  const toggle = (sub: string) => {
    const next = new Set(approved);
    if (!next.delete(sub)) next.add(sub);
    setApproved(next);
  };
  return (
    <Card
      title={`${findings.length} ${findings.length === 1 ? 'difference' : 'differences'}`}
      tone="warning"
      aside={
        <Button
          kind="danger"
          icon="replay"
          busy={busy}
          disabled={!isAll && approved.size === 0}
          onClick={() => onRepair({ repair: isAll ? 'all' : [...approved] })}
        >
          {isAll ? 'Repair all' : `Repair ${approved.size} of ${users.length} users`}
        </Button>
      }
    >
      <Findings of={findings} approved={approved} onToggle={toggle} />
    </Card>
  );
}

interface FindingsProps {
  readonly of: readonly ReconcileFinding[];
  readonly approved?: ReadonlySet<string>;
  readonly onToggle?: (sub: string) => void;
}

function Findings({ of, approved, onToggle }: FindingsProps) {
  return (
    <ul class="findings">
      {of.map(({ reason, subjectId, sub, planned, outcome, meaning }, index) => (
        <li key={index}>
          {approved === undefined ? null : (
            <input
              type="checkbox"
              aria-label={`Approve ${wordsOf(reason)} of ${subjectId}`}
              // What names no user is repaired by a whole run only.
              disabled={sub === null}
              checked={sub === null ? false : approved.has(sub)}
              onChange={() => sub !== null && onToggle?.(sub)}
            />
          )}
          <div class="stack tight">
            <strong>{wordsOf(reason)}</strong>
            <span>{meaning}</span>
            <span class="row small">
              {sub === null ? (
                <code>{shortId(subjectId)}</code>
              ) : (
                <a href={hrefOf('users', { user: sub })}>
                  <code>{shortId(sub)}</code>
                </a>
              )}
              {approved === undefined ? (
                <Badge status={outcome === 'failed' ? 'failed' : 'ok'}>{wordsOf(outcome)}</Badge>
              ) : (
                <Badge status="neutral">
                  {planned === null ? 'reported only' : `would be ${wordsOf(planned)}`}
                </Badge>
              )}
            </span>
          </div>
        </li>
      ))}
    </ul>
  );
}

function Repaired({ result: { findings } }: { readonly result: ReconcileResult }) {
  if (findings.length === 0) return <Empty title="Nothing was left to repair" />;
  return (
    <Card title="What was done" tone="ok">
      <Findings of={findings} />
    </Card>
  );
}
