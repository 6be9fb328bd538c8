'use client';

import { useState, useTransition } from 'react';

export function ReportButton({ write }: { readonly write: () => Promise<string> }) {
  const [report, setReport] = useState<string | undefined>();
  const [isPending, startTransition] = useTransition();
  return (
    <>
      <button
        className="button"
        type="button"
        disabled={isPending}
        onClick={() => startTransition(async () => setReport(await write()))}
      >
        Write a report
      </button>
      {report === undefined ? null : <p aria-live="polite">{report}</p>}
    </>
  );
}
