/**
 * Compares the systems for the console as `npm run reconcile` does, and repairs what a person approves. It runs like a
 * function: with the functions' environment and the cloud's clock. Nothing of it is deployed.
 */

import { openServices } from '../../composition/reconcile.ts';
import { checks, manualChecks } from '../../core/reconcile/checks/index.ts';
import type { Listings } from '../../core/reconcile/listings.ts';
import { createReconcile } from '../../core/reconcile/reconcile.ts';
import type { Finding } from '../../core/reconcile/report.ts';
import type { Check } from '../../core/reconcile/scan.ts';
import { listingsOfUser } from '../../core/reconcile/user-listings.ts';
import type { Log } from '../../core/system/log.ts';
import { readConfig } from '../../functions/reconcile/config.ts';

export interface InspectorEvent {
  /** Compares or repairs only these users. Absent: everything. */
  readonly subs?: readonly string[];
  /** Repairs what it finds. */
  readonly repair?: boolean;
}

export interface InspectorAnswer {
  readonly checked: number;
  readonly findings: readonly (Finding & { readonly meaning: string })[];
}

const silent = () => undefined;
const log: Log = { info: silent, warn: silent, error: silent };

const checkpoint = { load: async () => undefined, save: async () => undefined };

export async function handler({ subs, repair = false }: InspectorEvent): Promise<InspectorAnswer> {
  const opened = await openServices({ config: readConfig(process.env), log });
  if (subs === undefined) return run(opened, opened.systems.listings, repair);
  let checked = 0;
  const findings: InspectorAnswer['findings'][number][] = [];
  for (const sub of subs) {
    const { systems, billing, reader } = opened;
    const answer = await run(opened, await listingsOfUser({ ...systems, billing, reader }, sub), repair);
    checked += answer.checked;
    findings.push(...answer.findings);
  }
  return { checked, findings };
}

type Opened = Awaited<ReturnType<typeof openServices>>;

async function run({ systems }: Opened, listings: Listings, repair: boolean): Promise<InspectorAnswer> {
  const findings: Finding[] = [];
  const reconcile = createReconcile({ ...systems, listings, checkpoint });
  const { report } = await reconcile({
    checks: manualChecks,
    dryRun: !repair,
    onFindings: async (found) => {
      findings.push(...found);
    },
  });
  const shown = repair ? findings : once(findings);
  return {
    checked: report.checked,
    findings: shown.map((finding) => ({ ...finding, meaning: meaningOf(finding.reason) })),
  };
}

function meaningOf(reason: string): string {
  return (
    checks.map(({ reasons }: Check) => reasons[reason]?.meaning).find((text) => text !== undefined) ?? ''
  );
}

/** A run that repairs nothing meets the same difference in several checks. */
function once(findings: readonly Finding[]): readonly Finding[] {
  const keyOf = ({ reason, subjectId }: Finding) => `${reason} ${subjectId}`;
  return findings.filter(
    (finding, index) => findings.findIndex((other) => keyOf(other) === keyOf(finding)) === index,
  );
}
