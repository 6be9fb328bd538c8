/** Checks that the pages for operators name only fields, codes, reasons, metrics and settings that exist. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stampFor } from '../../adapters/stripe/metadata.ts';
import { functionNames } from '../../contract/functions.ts';
import { checkNames } from '../../core/reconcile/checks/index.ts';
import { stages } from '../../infra/config.ts';
import * as functionSettings from '../../infra/functions.ts';
import { accessLogFormat } from '../../infra/stack/api.ts';
import { withQueue } from './configs.ts';
import { fieldsOf, readLogNames } from './log-names.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const names = readLogNames();

/** Names that are not from the logs or the settings: a shell function, a claim, attributes of a row, and those of a refund in Stripe. */
const otherNames = [
  'logs',
  'sub',
  'history',
  'by',
  'pending_reason',
  'insufficient_funds',
  ...Object.keys(stampFor('pool', 'sub')),
];

const settings = [
  ...[...Object.values(stages), withQueue(stages.dev)].flatMap((stage) => pathsIn(stage)),
  ...Object.keys(functionSettings),
];

const generalNames = new Set<string>([
  ...names.commonFields,
  ...names.causeFields,
  ...names.values,
  ...Object.keys(JSON.parse(accessLogFormat('')) as object),
  ...functionNames,
  ...checkNames,
  ...settings,
  ...otherNames,
]);

/** Returns the path of every setting, such as `watch` and `watch.alarmEmail`. */
function pathsIn(value: object, prefix = ''): readonly string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const path = `${prefix}${name}`;
    return typeof inner === 'object' && inner !== null ? [path, ...pathsIn(inner, `${path}.`)] : [path];
  });
}

const NAME = /^[a-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*(?:\.[a-z][A-Za-z]*)?$/;

/**
 * Returns the unknown names among those in backticks and in log filters (`$.name`). If the section names metrics, only
 * the fields of their lines are known, otherwise the fields of all lines.
 */
function unknownNames(section: string): readonly string[] {
  const inline = section.replace(/^```[^]*?^```/gm, '');
  const quoted = [...inline.matchAll(/`(?<text>[^`\n]+)`/g)].map(({ groups }) => groups?.['text'] ?? '');
  const filtered = [...section.matchAll(/\$\.(?<name>\w+)/g)].map(({ groups }) => groups?.['name'] ?? '');
  const metrics = quoted.flatMap((text) => text.split(' ')).filter((word) => names.isMetric(word));
  const fields = new Set(
    metrics.length === 0
      ? names.lines.flatMap((line) => line.fields)
      : metrics.flatMap((metric) => fieldsOf(names, metric)),
  );
  return [...quoted.filter((text) => NAME.test(text)), ...filtered].filter((name) => {
    if (name.startsWith('cause.')) return !names.causeFields.has(name.slice('cause.'.length));
    return !generalNames.has(name) && !fields.has(name) && !names.isMetric(name);
  });
}

describe('The pages for operators', () => {
  it.each(['docs/runbook.md', 'docs/observability.md'])('name nothing that does not exist: %s', (page) => {
    const sections = read(page).split(/^## /m);
    expect(sections.length).toBeGreaterThan(2);
    expect(sections.flatMap(unknownNames)).toEqual([]);
  });

  it.each([
    ['`cause.code` is `unavailable` or `timeout`', 'timeout'],
    ['`logs stripe-webhook orphaned_checkout 86400`: `refunded`, or why not', 'refunded'],
    ['`logs stripe-webhook owner_contradiction` names `customer_id` and `other_user`', 'other_user'],
    ['the access log: `integrationError` says which', 'integrationError'],
    ["`--filter-pattern '{ $.state >= 500 }'`", 'state'],
    ['`orphan_customer` counts them', 'orphan_customer'],
    ['the reason is `too_many_orphans`', 'too_many_orphans'],
    ['`cause.status` is 401', 'cause.status'],
    ['set `reconcile.share`', 'reconcile.share'],
  ])('fail this check with a wrong name: %s', (text, name) => {
    expect(unknownNames(text)).toEqual([name]);
  });

  it('pass this check with the fields of the metrics that they name', () => {
    const text = '`logs stripe-webhook orphaned_checkout`: `action` and `refunds` of a `subscription_id`';
    expect(unknownNames(text)).toEqual([]);
  });
});
