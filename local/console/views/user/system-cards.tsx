/** What each system stores about a user, side by side. What the systems disagree about is marked. */
import type { ComponentChildren } from 'preact';
import type { Difference, Lane, UserDetail } from '../../../control/contract.ts';
import { wordsOf } from '../../ui/format.ts';
import { Card } from '../../ui/parts.tsx';
import { useChanges } from './changes.ts';
import { CognitoRecords, DynamoRecords, StoreRecords, StripeRecords } from './records.tsx';

export interface SystemCardsProps {
  readonly detail: UserDetail;
  readonly differences?: readonly Difference[];
  /** Leaves out invoices and the profile. */
  readonly brief?: boolean;
}

export function SystemCards({ detail, differences = [], brief = false }: SystemCardsProps) {
  const changes = useChanges(detail);
  const { revenuecat } = detail;
  const hasStore = revenuecat.customer !== null || revenuecat.purchases.length > 0;
  return (
    <div class={hasStore ? 'systems four' : 'systems'}>
      <System all={differences} lane="cognito" title="Cognito" note="who signs in">
        <CognitoRecords detail={detail} changes={changes} brief={brief} />
      </System>
      <System all={differences} lane="dynamodb" title="DynamoDB" note="what the app reads">
        <DynamoRecords detail={detail} changes={changes} brief={brief} />
      </System>
      <System all={differences} lane="stripe" title="Stripe" note="who pays">
        <StripeRecords detail={detail} changes={changes} brief={brief} />
      </System>
      {hasStore ? (
        <System all={differences} lane="revenuecat" title="RevenueCat" note="who pays in a store">
          <StoreRecords detail={detail} changes={changes} brief={brief} />
        </System>
      ) : null}
    </div>
  );
}

interface SystemProps {
  readonly all: readonly Difference[];
  readonly lane: Lane;
  readonly title: string;
  readonly note: string;
  readonly children: ComponentChildren;
}

function System({ all, lane, title, note, children }: SystemProps) {
  const differences = all.filter(({ lanes }) => lanes.includes(lane));
  return (
    <Card
      class="system"
      tone={differences.length > 0 ? 'warning' : 'plain'}
      title={title}
      aside={<span class="quiet small">{note}</span>}
    >
      {differences.length > 0 ? <Differences of={differences} /> : null}
      {children}
    </Card>
  );
}

function Differences({ of }: { readonly of: readonly Difference[] }) {
  return (
    <ul class="differences" aria-label="Differences">
      {of.map(({ reason, subjectId, planned }) => (
        <li key={`${reason}${subjectId}`}>
          <strong>{wordsOf(reason)}</strong>
          <span>{planned === null ? 'A person decides.' : `Reconcile would: ${wordsOf(planned)}.`}</span>
        </li>
      ))}
    </ul>
  );
}
