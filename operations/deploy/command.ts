/** Converts the arguments of `npm run deploy`, `diff` and `destroy` to arguments of the CDK, or rejects them. */
import { parseArgs } from 'node:util';
import { type StageConfig, type StageName, stages } from '../../infra/config.ts';
import { stackNameOf } from '../../infra/names.ts';

export const verbs = ['deploy', 'diff', 'destroy'] as const;
export type Verb = (typeof verbs)[number];

export interface RunCommand {
  readonly kind: 'run';
  readonly verb: Verb;
  readonly stage: StageName;
  readonly profile: string | undefined;
  readonly notes: readonly string[];
  readonly cdkArgs: readonly string[];
  /** The logical ids of what may be replaced or left behind. */
  readonly replace: readonly string[];
}

export type CdkCommand =
  | RunCommand
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'help'; readonly message: string };

const usages: Readonly<Record<Verb, string>> = {
  deploy: 'npm run deploy -- --stage STAGE [--yes] [--revert-drift] [--replace ID]...',
  diff: 'npm run diff -- --stage STAGE',
  destroy: 'npm run destroy -- --stage STAGE --keep-data [--yes]',
};

/** Returns the usage, that of the given command first. */
function helpFor(verb: Verb): string {
  const others = verbs.filter((other) => other !== verb);
  return [verb, ...others].map((one) => usages[one]).join('\n') + help;
}

const help = `

Builds the functions and runs the CDK for a stage of infra/config.ts. Before it deploys, it asks AWS whether that can
succeed, and refuses to replace tables, the pool or the API. See docs/deploy.md.

  --stage STAGE   ${Object.keys(stages).join(' or ')}, from infra/config.ts
  --profile NAME  the AWS CLI profile to use; default: the credentials of the environment
  --replace ID    with deploy: allows that the resource with this logical id is replaced or leaves the stack
  --revert-drift  with deploy: also reverts resources that were changed or deleted by hand
  --yes           skips the confirmation of changed permissions or of the deletion
  --keep-data     with destroy: confirms that you know what remains and that sign-ups fail`;

const options = {
  stage: { type: 'string' },
  profile: { type: 'string' },
  yes: { type: 'boolean', default: false },
  'keep-data': { type: 'boolean', default: false },
  replace: { type: 'string', multiple: true },
  'revert-drift': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

export function parseCdkCommand(args: readonly string[]): CdkCommand {
  const read = readArgs(args);
  if (typeof read === 'string') return { kind: 'refused', message: `${read}\n\n${helpFor('deploy')}` };
  const { verb, values } = read;
  if (values.help) return { kind: 'help', message: helpFor(verb) };
  const stage = stageNamed(values.stage);
  if (stage === undefined)
    return { kind: 'refused', message: `${stageError(values.stage)}\n\n${helpFor(verb)}` };
  const retained = retainedResources(stage);
  if (verb === 'destroy' && !values['keep-data']) {
    return { kind: 'refused', message: [...retained, 'To continue, add --keep-data.'].join('\n') };
  }
  if (verb !== 'destroy' && values['keep-data']) {
    return {
      kind: 'refused',
      message: '--keep-data only applies to destroy. The other commands never delete data.',
    };
  }
  if (verb !== 'deploy' && values['revert-drift']) {
    return { kind: 'refused', message: '--revert-drift only applies to deploy.' };
  }
  if (verb !== 'deploy' && values.replace !== undefined) {
    return { kind: 'refused', message: '--replace only applies to deploy.' };
  }
  return {
    kind: 'run',
    verb,
    stage,
    profile: values.profile,
    replace: values.replace ?? [],
    notes: verb === 'destroy' ? retained : [],
    cdkArgs: [
      verb,
      stackNameOf(stage),
      '--context',
      `stage=${stage}`,
      '--no-notices',
      '--no-version-reporting',
      ...(values.profile === undefined ? [] : ['--profile', values.profile]),
      ...(values['revert-drift'] ? ['--revert-drift'] : []),
      ...withoutAsking(verb, values.yes),
    ],
  };
}

function withoutAsking(verb: Verb, yes: boolean): readonly string[] {
  if (!yes || verb === 'diff') return [];
  return verb === 'deploy' ? ['--require-approval', 'never'] : ['--force'];
}

function readArgs(args: readonly string[]) {
  const [first, ...rest] = args;
  const verb = verbs.find((known) => known === first);
  if (verb === undefined) return `Unknown command: ${first ?? 'none'}.`;
  try {
    return { verb, values: parseArgs({ args: rest, options }).values };
  } catch (error) {
    return error instanceof Error ? error.message : 'The arguments are invalid.';
  }
}

function stageNamed(requested: string | undefined): StageName | undefined {
  return (Object.keys(stages) as StageName[]).find((stage) => stage === requested);
}

function stageError(requested: string | undefined): string {
  return requested === undefined
    ? '--stage is missing, and it has no default.'
    : `There is no stage ${requested}.`;
}

function retainedResources(stage: StageName): readonly string[] {
  const config: StageConfig = stages[stage];
  const { users, entitlements } = config.tables;
  return [
    `This deletes the functions, the API, the schedule, the alarms and the logs of ${stage}. These remain:`,
    `- the tables ${users.name} and ${entitlements.name}, with all their rows`,
    ...(config.pool.kind === 'create'
      ? [
          '- the user pool with its users and its app client. It would still call the deleted trigger, so sign-ups',
          '  would fail. Remove the trigger first:',
          `  npm run pool:trigger -- --stage ${stage} --account ACCOUNT --pool POOL --remove`,
        ]
      : [`- the user pool ${config.pool.userPoolId}, without the trigger`]),
    '- the secrets, and everything in Stripe: subscriptions continue to be billed, and no row is updated',
    'To deploy again later, configure the tables and the pool as existing in infra/config.ts.',
  ];
}
