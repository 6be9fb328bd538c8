/** Translates tables, the dead-letter queue and the schedule into CLI calls. */
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

export const queue: Translate = (properties) => {
  const label = 'dead-letters';
  const QueueName = properties['QueueName'] as string;
  // The API takes every attribute as a string.
  const attributes = Object.entries(without(properties, 'QueueName', 'RedrivePolicy'));
  const content = Object.fromEntries(attributes.map(([key, value]) => [key, textIn(value)]));
  return [
    {
      service: 'sqs',
      operation: 'create-queue',
      input: { QueueName },
      documents: { Attributes: { file: label, content } },
      label,
      into: { name: 'QUEUE_URL', query: 'QueueUrl' },
    },
  ];
};

export const queuePolicy: Translate = (properties) => [
  {
    service: 'sqs',
    operation: 'set-queue-attributes',
    input: { QueueUrl: '{{QUEUE_URL}}' },
    documents: {
      Attributes: {
        file: 'dead-letters-policy',
        content: { Policy: JSON.stringify(properties['PolicyDocument']) },
      },
    },
    label: 'dead-letters-policy',
  },
];

export const schedule: Translate = (properties) => [
  {
    service: 'scheduler',
    operation: 'create-schedule',
    input: properties,
    label: 'schedule',
    waitUntilReady: true,
  },
];
