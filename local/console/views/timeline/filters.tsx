/** The filters of the timeline. They are in the address. */
import { type Lane, lanes } from '../../../control/contract.ts';
import { setParameters } from '../../state/route.ts';
import { Button } from '../../ui/parts.tsx';
import { type Filter, isEmpty, outcomes } from './filter.ts';
import { laneNames } from './words.ts';

export function Filters({ filter }: { readonly filter: Filter }) {
  const set = (name: 'lane' | 'outcome' | 'user' | 'text', value: string) =>
    setParameters({ [name]: value === '' ? null : value });
  return (
    <form
      class="filters"
      role="search"
      aria-label="Filter the timeline"
      onSubmit={(event) => event.preventDefault()}
    >
      <select
        aria-label="System"
        value={filter.lane ?? ''}
        onChange={(event) => set('lane', event.currentTarget.value)}
      >
        <option value="">All systems</option>
        {lanes.map((lane: Lane) => (
          <option key={lane} value={lane}>
            {laneNames[lane]}
          </option>
        ))}
      </select>
      <select
        aria-label="Outcome"
        value={filter.outcome ?? ''}
        onChange={(event) => set('outcome', event.currentTarget.value)}
      >
        <option value="">Any outcome</option>
        {outcomes.map((outcome) => (
          <option key={outcome} value={outcome}>
            {outcome}
          </option>
        ))}
      </select>
      <input
        type="search"
        aria-label="User"
        placeholder="sub or cus_…"
        value={filter.user}
        onInput={(event) => set('user', event.currentTarget.value)}
      />
      <input
        type="search"
        aria-label="Text"
        placeholder="Title, condition or id"
        value={filter.text}
        onInput={(event) => set('text', event.currentTarget.value)}
      />
      {isEmpty(filter) ? null : (
        <Button
          kind="quiet"
          icon="cross"
          onClick={() => setParameters({ lane: null, outcome: null, user: null, text: null })}
        >
          Clear
        </Button>
      )}
    </form>
  );
}
