'use client';

import { useSyncExternalStore } from 'react';
import { subscribe, tracesNow, tracesOnServer } from '../lib/trace';

/** Shows what the page has just asked of the account layer. */
export function Strip() {
  const traces = useSyncExternalStore(subscribe, tracesNow, tracesOnServer);
  return (
    <aside className="strip" aria-label="What just happened">
      <details open>
        <summary>What just happened</summary>
        {traces.length === 0 ? <p className="quiet">Nothing yet. Sign in, and watch.</p> : null}
        <ol>
          {traces.map(({ id, call, status, ms, meaning }) => (
            <li key={id}>
              <code>{call}</code>
              <span className={status !== undefined && status >= 200 && status < 400 ? 'ok' : 'quiet'}>
                {status === undefined ? '…' : status === 0 ? 'no answer' : status}
                {ms === undefined ? '' : ` in ${ms} ms`}
              </span>
              <span className="quiet">{meaning}</span>
            </li>
          ))}
        </ol>
      </details>
    </aside>
  );
}
