/** Translates tables, queues and the schedule into CLI calls. */
import { queueUrlOf } from './naming.ts';
import { textIn } from './step.ts';
import { type Properties, pick, type Translate, without } from './translate.ts';

export const table: Translate = (properties) => {
  const [replica] = properties['Replicas'] as readonly [Properties];
  const TableName = properties['TableName'] as string;
  const label = TableName;
  const input = {
    ...pick(properties, 'TableName', 'KeySchema', 'AttributeDefinitions', 'BillingMode'),
    ...pick(replica, 'DeletionProtectionEnabled'),
  };
  const backups = { TableName, ...pick(replica, 'PointInTimeRecoverySpecification') };
  return [
    { service: 'dynamodb', operation: 'create-table', input, label },
    { service: 'dynamodb', operation: 'wait table-exists', input: { TableName }, label },
    {
      service: 'dynamodb',
      operation: 'update-continuous-backups',
      input: backups,
      label,
      waitUntilReady: true,
    },
  ];
};

export const queue: Translate = (properties, stage) => {
  const QueueName = properties['QueueName'] as string;
  const name = queueUrlOf(stage, QueueName);
  const label = labelOf(name);
  // The API takes every attribute as a string.
  const attributes = Object.entries(without(properties, 'QueueName'));
  const content = Object.fromEntries(
    attributes.map(([key, value]) => [
      key,
      typeof value === 'object' ? JSON.stringify(value) : textIn(value),
    ]),
  );
  return [
    {
      service: 'sqs',
      operation: 'create-queue',
      input: { QueueName },
      documents: { Attributes: { file: label, content } },
      label,
      into: { name, query: 'QueueUrl' },
    },
  ];
};

export const queuePolicy: Translate = (properties) => {
  const [url = ''] = properties['Queues'] as readonly string[];
  const label = `${labelOf(/\w+/.exec(url)?.[0] ?? '')}-policy`;
  return [
    {
      service: 'sqs',
      operation: 'set-queue-attributes',
      input: { QueueUrl: url },
      documents: {
        Attributes: { file: label, content: { Policy: JSON.stringify(properties['PolicyDocument']) } },
      },
      label,
    },
  ];
};

/** Returns the name of the files of a queue. */
function labelOf(urlVariable: string): string {
  const name = urlVariable === 'QUEUE_URL' ? 'DEAD_LETTERS' : urlVariable.replace(/_URL$/, '');
  return name.toLowerCase().replaceAll('_', '-');
}

export const schedule: Translate = (properties) => [
  {
    service: 'scheduler',
    operation: 'create-schedule',
    input: properties,
    label: 'schedule',
    waitUntilReady: true,
  },
];
