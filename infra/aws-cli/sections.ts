/** Groups the calls of an installation into sections, ordered so that each one needs only earlier ones. */
import type { FunctionName } from '../../contract/functions.ts';
import type { StageConfig } from '../config.ts';
import { functionsOf } from '../functions.ts';
import { functionNameOf } from '../names.ts';
import { FOLDER } from './cli-command.ts';
import { namingOf } from './naming.ts';
import { ResourceReader } from './resource-reader.ts';
import { inlineVariable } from './shell.ts';
import type { Call, Section } from './step.ts';
import { readTemplate, type Template } from './template.ts';
import { withoutCustomResource } from './without-custom-resource.ts';

export const WATCH_TITLE = 'Alarms and the dashboard';

export interface Installation {
  readonly stage: string;
  readonly config: StageConfig;
  /** The CDK app's template for the same configuration. */
  readonly template: Template;
}

/** Returns the sections. Throws if the configuration needs something that only the CDK app can create. */
export function sectionsOf({ stage, config, template }: Installation): readonly Section[] {
  if (config.api.kind === 'rest') {
    throw new Error(
      'The AWS CLI commands cannot create a REST API. Use npm run deploy, or set api.kind to "http" in infra/config.ts.',
    );
  }
  const naming = namingOf(stage, config.region);
  const reader = new ResourceReader(
    readTemplate(withoutCustomResource(template), config.region, naming),
    stage,
  );
  const trigger: FunctionName = 'post-confirmation';
  const others = functionsOf(config).filter((name) => name !== trigger);
  const sections: readonly Section[] = [
    secrets(config),
    tables(config, reader.ofTypes('AWS::DynamoDB::GlobalTable')),
    {
      title: 'The function that Cognito calls',
      about:
        'The function comes before the pool, which refers to it. AWS takes some seconds to make a new role usable everywhere, so commands that need one are retried for half a minute.',
      calls: reader.ofFunction(functionNameOf(stage, trigger)),
    },
    userPool({ stage, config }, reader),
    {
      title: 'The other functions',
      about: `Each function has its own log group and a role with only the permissions that it needs. ${queuesText(config)}`,
      calls: [
        ...reader.ofTypes('AWS::SQS::Queue', 'AWS::SQS::QueuePolicy'),
        ...others.flatMap((name) => reader.ofFunction(functionNameOf(stage, name))),
        ...reader.ofTypes('AWS::Lambda::EventInvokeConfig', 'AWS::Lambda::EventSourceMapping'),
      ],
    },
    api(config, reader),
    {
      title: 'The schedule',
      about: 'The schedule invokes `reconcile` with a role that may do only that.',
      calls: reader.ofTypes('AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::Scheduler::Schedule'),
    },
    watch(reader),
  ];
  reader.assertAllRead();
  return sections;
}

function queuesText({ webhookQueue }: StageConfig): string {
  const failedRuns = 'stores failed runs of `reconcile`.';
  if (webhookQueue === null) return `The queue ${failedRuns}`;
  return `One queue ${failedRuns} The others hold the events of Stripe, and those that failed permanently.`;
}

/** Returns the section that creates the secrets. Values are read from files, because shells keep a history. */
function secrets({ secrets: names, checkout, access, stores }: StageConfig): Section {
  const create = (Name: string, file: string): Call => ({
    service: 'secretsmanager',
    operation: 'create-secret',
    input: { Name, SecretString: `file://${FOLDER}/${file}` },
    label: file,
  });
  const withTrial = checkout.trialDays > 0 || checkout.trialsByPrice === true || access.signUpTrialDays > 0;
  const trial = withTrial
    ? ` and \`${FOLDER}/trial-hash-key.txt\`, at least 32 random characters that never change (\`openssl rand -hex 32\`)`
    : '';
  const withStores = stores !== null;
  const store = withStores
    ? ` and \`${FOLDER}/revenuecat-api-key.txt\`, a secret key of RevenueCat's API v2`
    : '';
  const later = withStores
    ? 'The secrets of both webhooks are stored at the end'
    : 'The webhook secret is stored at the end, when Stripe has created it';
  return {
    title: 'Secrets',
    about: `First write these values to files, and delete the files afterwards: \`${FOLDER}/stripe-api-key.txt\`, the secret or restricted key of the Stripe account${trial}${store}. ${later}.`,
    calls: [
      create(names.stripeApiKey, 'stripe-api-key.txt'),
      ...(withStores ? [create(names.revenueCatApiKey, 'revenuecat-api-key.txt')] : []),
      ...(withTrial ? [create(names.trialHashKey, 'trial-hash-key.txt')] : []),
    ],
  };
}

function tables({ tables: { users, entitlements } }: StageConfig, calls: readonly Call[]): Section {
  const existing = [users, entitlements]
    .filter(({ kind }) => kind === 'existing')
    .map(({ name }) => `\`${name}\``);
  return {
    title: 'Tables',
    about:
      existing.length === 0
        ? 'The tables are billed on demand, with point-in-time recovery and deletion protection.'
        : `${existing.join(' and ')}: existing, used unchanged.`,
    calls,
  };
}

function userPool({ stage, config }: Omit<Installation, 'template'>, reader: ResourceReader): Section {
  const made = reader.ofTypes('AWS::Cognito::UserPool', 'AWS::Cognito::UserPoolClient');
  const permission = reader.take(({ type, properties }) => {
    return type === 'AWS::Lambda::Permission' && properties['Principal'] === 'cognito-idp.amazonaws.com';
  });
  const calls = [...made, ...permission];
  if (config.pool.kind === 'create') {
    const about = 'The pool, its app client, and its permission to invoke the function after each sign-up.';
    return { title: 'The user pool', about, calls };
  }
  return {
    title: 'The user pool',
    about: `\`${config.pool.userPoolId}\` exists already. A command of this project adds the trigger, because \`aws cognito-idp update-user-pool\` would reset every setting that it is not given.`,
    calls,
    lines: [`npm run pool:trigger -- --stage ${stage} --account ${inlineVariable('ACCOUNT')}`],
  };
}

function api({ stores }: StageConfig, reader: ResourceReader): Section {
  const webhooks =
    stores === null
      ? 'The webhook has none, because Stripe has no token of the pool; its function verifies the signature instead.'
      : 'The webhooks have none, because Stripe and RevenueCat have no token of the pool; their functions verify the signature and the shared header instead.';
  return {
    title: 'The API and its authorizer',
    about: `The authorizer protects every \`/me\` route. ${webhooks}`,
    calls: [
      ...reader.ofTypes('AWS::ApiGatewayV2::Api', 'AWS::ApiGatewayV2::Authorizer'),
      ...reader.ofTypeWithoutDuplicates('AWS::ApiGatewayV2::Integration'),
      ...reader.ofTypes('AWS::ApiGatewayV2::Route', 'AWS::Lambda::Permission'),
      ...reader.ofTypes('AWS::Logs::LogGroup', 'AWS::ApiGatewayV2::Stage'),
    ],
  };
}

function watch(reader: ResourceReader): Section {
  return {
    title: WATCH_TITLE,
    about: 'The [runbook](runbook.md) says what each alarm means and what to do.',
    calls: reader.ofTypes(
      'AWS::SNS::Topic',
      'AWS::SNS::TopicPolicy',
      'AWS::SNS::Subscription',
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
    ),
  };
}
