/** Decides whether a stage can be deployed, before CloudFormation finds out half way. Pure. */
import type { StageConfig } from '../../infra/config.ts';
import { functionsOf, reservedConcurrencyOf } from '../../infra/functions.ts';
import { stackNameOf } from '../../infra/names.ts';
import { type DeploymentFacts, type Fact, isUnread, type StageOfFacts } from './facts.ts';

export interface Preflight {
  /** What would make the deployment fail or strand, each with what to do. */
  readonly problems: readonly string[];
  /** What the operator should know, and what could not be checked. */
  readonly notes: readonly string[];
  readonly isFirst: boolean;
}

/** What Lambda keeps for the functions without a reservation. */
const MIN_UNRESERVED = 100;
/** The functions of one stage at a busy moment: requests, webhooks and a run. */
const ENOUGH_CONCURRENCY = 100;
/** The version that the CDK's current templates require. */
const MIN_BOOTSTRAP = 6;

export function preflight(facts: DeploymentFacts, stage: StageOfFacts): Preflight {
  const { account, stackStatus, bootstrapVersion, concurrency, taken, mail, missingSecrets } = facts;
  const findings = [
    of('the account', account, (id) => accountProblems(id, stage.config)),
    of('the stack', stackStatus, (status) => stackProblems(status, stage.stage)),
    of('the bootstrap', bootstrapVersion, (version) => bootstrapProblems(version)),
    of('the concurrency', concurrency, (limits) =>
      concurrencyFindings(limits, stage.config, stackStatus === null),
    ),
    of('the names', taken, (names) => names.map((name) => problem(takenText(name)))),
    of('the sender of email', mail, (sender) => mailFindings(sender, stage.config)),
    of('the secrets', missingSecrets, (names) =>
      names.map((name) =>
        note(`The secret ${name} is not stored yet. The functions fail until it is (docs/deploy.md).`),
      ),
    ),
  ].flat();
  return {
    problems: findings.flatMap((finding) => ('problem' in finding ? [finding.problem] : [])),
    notes: findings.flatMap((finding) => ('note' in finding ? [finding.note] : [])),
    isFirst: stackStatus === null || stackStatus === 'REVIEW_IN_PROGRESS',
  };
}

type Finding = { readonly problem: string } | { readonly note: string };

const problem = (text: string): Finding => ({ problem: text });
const note = (text: string): Finding => ({ note: text });

function of<T>(what: string, value: Fact<T>, findings: (known: T) => readonly Finding[]): readonly Finding[] {
  return isUnread(value) ? [note(`Could not check ${what}: ${value.unread}.`)] : findings(value);
}

function accountProblems(id: string, { account }: StageConfig): readonly Finding[] {
  if (account === null || account === id) return [];
  return [
    problem(`The credentials belong to account ${id}, but the stage is in ${account}. Use another profile.`),
  ];
}

function stackProblems(status: string | null, stage: string): readonly Finding[] {
  if (status === null || status === 'REVIEW_IN_PROGRESS') return [];
  const name = stackNameOf(stage);
  if (status.endsWith('_IN_PROGRESS')) {
    return [problem(`The stack ${name} is being changed (${status}). Wait until that has ended.`)];
  }
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    return [
      problem(
        `The last update of ${name} could not be undone. Run aws cloudformation continue-update-rollback --stack-name ${name}, then deploy again.`,
      ),
    ];
  }
  // CloudFormation updates no stack whose creation failed.
  if (/^(?:ROLLBACK_(?:COMPLETE|FAILED)|CREATE_FAILED|DELETE_FAILED)$/.test(status)) {
    return [
      problem(
        `The stack ${name} is left over from a deployment that failed (${status}). Follow "After a failed first deployment" in docs/deploy.md.`,
      ),
    ];
  }
  return [];
}

function bootstrapProblems(version: number | null): readonly Finding[] {
  if (version === null)
    return [problem('The account and region have no CDK bootstrap. Run npx cdk bootstrap.')];
  if (version >= MIN_BOOTSTRAP) return [];
  return [
    problem(
      `The CDK bootstrap has version ${version}, and ${MIN_BOOTSTRAP} is needed. Run npx cdk bootstrap.`,
    ),
  ];
}

function concurrencyFindings(
  { limit, unreserved }: { readonly limit: number; readonly unreserved: number },
  config: StageConfig,
  isNew: boolean,
): readonly Finding[] {
  const reserved = functionsOf(config).reduce(
    (sum, name) => sum + (reservedConcurrencyOf(name, config) ?? 0),
    0,
  );
  const cannotReserve = isNew && reserved > 0 && unreserved - reserved < MIN_UNRESERVED;
  return [
    ...(cannotReserve
      ? [
          problem(
            `reconcile.reserveConcurrency needs ${reserved + MIN_UNRESERVED} unreserved concurrent executions, and the account has ${unreserved}. Turn it off in infra/config.ts, or request a higher quota (Service Quotas, Lambda, "Concurrent executions").`,
          ),
        ]
      : []),
    ...(limit < ENOUGH_CONCURRENCY
      ? [
          note(
            `The account runs at most ${limit} functions at the same time, which is too few for production. Request a higher quota (Service Quotas, Lambda, "Concurrent executions").`,
          ),
        ]
      : []),
  ];
}

function takenText(name: string): string {
  const advice = name.startsWith('table ')
    ? 'To use it, set its kind to existing in infra/config.ts; otherwise choose another name there.'
    : 'Delete it if it is left over from a removed stage, or deploy under another stage name.';
  return `The ${name} exists already, and not in this stack. ${advice}`;
}

function mailFindings(
  sender: { readonly isVerified: boolean; readonly isInSandbox: boolean } | null,
  { pool }: StageConfig,
): readonly Finding[] {
  if (pool.kind !== 'create') return [];
  if (sender === null || pool.sender === undefined) {
    return [note('No sender of email is configured (pool.sender), so Cognito sends at most 50 codes a day.')];
  }
  return [
    ...(sender.isVerified
      ? []
      : [
          problem(
            `SES has not verified the domain ${pool.sender.verifiedDomain}. Verify it, or remove pool.sender.`,
          ),
        ]),
    ...(sender.isInSandbox
      ? [note('SES is in its sandbox, so only verified addresses receive codes. Request production access.')]
      : []),
  ];
}
