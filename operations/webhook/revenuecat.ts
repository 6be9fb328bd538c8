/** Stores the header of RevenueCat's webhook. RevenueCat's dashboard, not an API, takes the header and the address. */
import { randomBytes } from 'node:crypto';
import type { StageConfig } from '../../infra/config.ts';
import { type HeaderStep, headerStep } from './header-steps.ts';
import type { SecretStore } from './secret-store.ts';
import { replaceableSecrets } from './secrets.ts';
import type { WebhookCommand } from './steps.ts';

export interface HeaderRegistration {
  readonly store: SecretStore;
  readonly stage: string;
  readonly secretName: string;
  readonly stores: NonNullable<StageConfig['stores']>;
  /** The full URL of the webhook. */
  readonly url: string;
}

export interface HeaderOptions {
  /** Changes nothing. */
  readonly dryRun: boolean;
  /** Whether the report contains the newest value. */
  readonly showHeader: boolean;
}

/** Random bytes of a value. Written in base64url, it has no comma, which would separate two values. */
const VALUE_BYTES = 32;

/** Runs the command, and returns its report: what was done, and what to enter in the dashboard. */
export async function registerHeader(
  registration: HeaderRegistration,
  command: WebhookCommand,
  { dryRun, showHeader }: HeaderOptions,
): Promise<readonly string[]> {
  const { store, stage, secretName, stores, url } = registration;
  const stored = replaceableSecrets('REVENUECAT_WEBHOOK_SECRET', await store.read(secretName));
  const step = headerStep(command, stored);
  const accepted = step === null || dryRun ? stored : valuesAfter(step, stored);
  if (accepted !== stored) await store.write(secretName, accepted.join(','));
  return [
    `Stage ${stage}, project ${stores.revenueCatProjectId} in RevenueCat: ${url}`,
    outcomeOf(step, { command, dryRun }),
    ...dashboardLines(registration, showHeader ? accepted[0] : undefined),
    ...(accepted.length > 1
      ? [
          `The webhook accepts ${accepted.length} values. Three hours after the newest one is saved in the dashboard, run: npm run webhook:register -- --stage ${stage} --payer revenuecat --finish`,
        ]
      : []),
  ];
}

function valuesAfter({ kind }: HeaderStep, stored: readonly string[]): readonly string[] {
  if (kind === 'keep_newest') return stored.slice(0, 1);
  return [randomBytes(VALUE_BYTES).toString('base64url'), ...stored];
}

function outcomeOf(
  step: HeaderStep | null,
  { command, dryRun }: { readonly command: WebhookCommand; readonly dryRun: boolean },
): string {
  if (step === null)
    return command === 'roll'
      ? 'A rotation is already in progress, so no further header value was added.'
      : 'Nothing to do: the header value is stored.';
  const does =
    step.kind === 'add' ? 'make a header value and store it' : 'remove all header values except the newest';
  return `${dryRun ? 'would' : 'done:'} ${does}`;
}

function dashboardLines(
  { url, secretName, stores }: HeaderRegistration,
  header: string | undefined,
): readonly string[] {
  const shown = header ?? `the newest value in the secret ${secretName} (--show-header prints it)`;
  return [
    `In RevenueCat's dashboard, open the project ${stores.revenueCatProjectId}, then Integrations, Webhooks, and enter:`,
    `  Webhook URL                 ${url}`,
    `  Authorization header value  ${shown}`,
    `  Environment                 ${stores.allowSandbox ? 'production and sandbox' : 'production only'}`,
    '  Apps                        all',
    '  Events                      all',
  ];
}
