/** The whole installation as sections of calls, in an order in which each rests on what stands already. */
import { type FunctionName, functionNames } from '../../contract/functions.ts';
import type { StageConfig } from '../config.ts';
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
  /** Of the CDK app, for the same configuration. */
  readonly template: Template;
}

/** Throws where the configuration asks for what only the CDK app can make. */
export function sectionsOf({ stage, config, template }: Installation): readonly Section[] {
  if (config.api.kind === 'rest') {
    throw new Error(
      'A REST API is made by npm run deploy alone. By hand: api.kind "http" in infra/config.ts.',
    );
  }
  const naming = namingOf(stage, config.region);
  const reader = new ResourceReader(
    readTemplate(withoutCustomResource(template), config.region, naming),
    stage,
  );
  const trigger: FunctionName = 'post-confirmation';
  const others = functionNames.filter((name) => name !== trigger);
  const sections: readonly Section[] = [
    secrets(config),
    tables(config, reader.ofTypes('AWS::DynamoDB::GlobalTable')),
    {
      title: 'The function that Cognito calls',
      about:
        'It comes before the pool, which names it. A new role takes some seconds to be known everywhere: what needs one is tried again for half a minute.',
      calls: reader.ofFunction(functionNameOf(stage, trigger)),
    },
    userPool({ stage, config }, reader),
    {
      title: 'The other functions',
      about:
        'Each has a log of its own, and a role that may do what this function does and nothing else. The queue keeps the runs of `reconcile` that failed.',
      calls: [
        ...reader.ofTypes('AWS::SQS::Queue', 'AWS::SQS::QueuePolicy'),
        ...others.flatMap((name) => reader.ofFunction(functionNameOf(stage, name))),
        ...reader.ofTypes('AWS::Lambda::EventInvokeConfig'),
      ],
    },
    api(reader),
    {
      title: 'The schedule',
      about: 'It calls `reconcile`, by a role that may do that alone.',
      calls: reader.ofTypes('AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::Scheduler::Schedule'),
    },
    watch(reader),
  ];
  reader.assertAllRead();
  return sections;
}

/** Values go in by files, since a shell remembers what is typed. */
function secrets({ secrets: names, checkout }: StageConfig): Section {
  const create = (Name: string, file: string): Call => ({
    service: 'secretsmanager',
    operation: 'create-secret',
    input: { Name, SecretString: `file://${FOLDER}/${file}` },
    label: file,
  });
  const withTrial = checkout.trialDays > 0;
  const trial = withTrial
    ? ` and \`${FOLDER}/trial-hash-key.txt\`, 32 characters or more of chance that never change (\`openssl rand -hex 32\`)`
    : '';
  return {
    title: 'Secrets',
    about: `Put these into files first, and remove the files afterwards: \`${FOLDER}/stripe-api-key.txt\`, the secret or restricted key of the Stripe account${trial}. The webhook's secret comes last of all, from Stripe.`,
    calls: [
      create(names.stripeApiKey, 'stripe-api-key.txt'),
      ...(withTrial ? [create(names.trialHashKey, 'trial-hash-key.txt')] : []),
    ],
  };
}

function tables({ tables: { users, entitlements } }: StageConfig, calls: readonly Call[]): Section {
  const there = [users, entitlements]
    .filter(({ kind }) => kind === 'existing')
    .map(({ name }) => `\`${name}\``);
  return {
    title: 'Tables',
    about:
      there.length === 0
        ? 'On demand, with point-in-time recovery and protected against deletion.'
        : `${there.join(' and ')}: there already, and used as they are.`,
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
    const about = 'With its app client, and the right to call the function after each sign-up.';
    return { title: 'The user pool', about, calls };
  }
  return {
    title: 'The user pool',
    about: `\`${config.pool.userPoolId}\` is there already. The trigger is added by a command of this project: \`aws cognito-idp update-user-pool\` would reset every setting that it is not told.`,
    calls,
    lines: [`npm run pool:trigger -- --stage ${stage} --account ${inlineVariable('ACCOUNT')}`],
  };
}

function api(reader: ResourceReader): Section {
  return {
    title: 'The API and its authorizer',
    about:
      'The authorizer stands before every `/me` route. Stripe has no token of the pool, so none stands before the webhook: its function verifies the signature.',
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
    about: 'What each alarm means, and what to do: [runbook.md](runbook.md).',
    calls: reader.ofTypes(
      'AWS::SNS::Topic',
      'AWS::SNS::TopicPolicy',
      'AWS::SNS::Subscription',
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::Dashboard',
    ),
  };
}
