import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { functionNames } from '../../contract/functions.ts';
import { permissions, type Resource } from '../../infra/permissions.ts';

const columns: readonly Resource[] = ['users_table', 'entitlements_table', 'user_pool'];

it.each(functionNames)('The contract lists exactly the permissions of %s', (name) => {
  const docs = readFileSync(new URL('../../docs/contract.md', import.meta.url), 'utf8');
  const section = docs.slice(docs.indexOf('## Permissions'), docs.indexOf('## Logs'));
  const line = section.split('\n').find((one) => one.startsWith(`| \`${name}\``)) ?? '';
  const cells = line.split('|').slice(2, -1);
  const documented = cells.map((cell) =>
    cell
      .split(',')
      .map((word) => word.trim())
      .filter(Boolean),
  );
  const granted = columns.map((resource) =>
    permissions[name]
      .filter((one) => one.resource === resource)
      .flatMap(({ actions }) => actions.map((action) => action.replace(/^.*:/, ''))),
  );
  expect(documented).toEqual(granted);
});
