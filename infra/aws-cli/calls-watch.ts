/** Translates alarms, their notification topic and the dashboard into CLI calls. */
import type { Value } from './step.ts';
import { pick, shortName, type Translate } from './translate.ts';

export const topic: Translate = (properties) => [
  {
    service: 'sns',
    operation: 'create-topic',
    input: { Name: properties['TopicName'] as string },
    label: 'alarms',
  },
];

export const topicPolicy: Translate = (properties) =>
  (properties['Topics'] as readonly string[]).map((TopicArn) => ({
    service: 'sns',
    operation: 'set-topic-attributes',
    input: { TopicArn, AttributeName: 'Policy' },
    documents: {
      AttributeValue: { file: 'alarms-policy', content: properties['PolicyDocument'] as Value },
    },
    label: 'alarms-policy',
  }));

export const subscription: Translate = (properties) => [
  {
    service: 'sns',
    operation: 'subscribe',
    input: {
      TopicArn: properties['TopicArn'] as string,
      Protocol: properties['Protocol'] as string,
      NotificationEndpoint: properties['Endpoint'] as string,
    },
    label: 'subscription',
  },
];

export const alarm: Translate = (properties, stage) => [
  {
    service: 'cloudwatch',
    operation: 'put-metric-alarm',
    input: { AlarmName: properties['AlarmName'] as string, ...properties },
    label: `alarm-${shortName(properties['AlarmName'], stage)}`,
  },
];

export const dashboard: Translate = (properties) => [
  {
    service: 'cloudwatch',
    operation: 'put-dashboard',
    input: pick(properties, 'DashboardName'),
    documents: { DashboardBody: { file: 'dashboard', content: properties['DashboardBody'] as Value } },
    label: 'dashboard',
  },
];
