/** The routes of the billing portal's sessions and configurations. */
import { listPage } from '../protocol/list.ts';
import type { ApiRequest, Route } from '../protocol/route.ts';
import type { World } from '../world/world.ts';
import { defaultConfiguration } from './default-configuration.ts';
import { createConfiguration, getConfiguration, updateConfiguration } from './portal-configurations.ts';
import { createPortalSession } from './portal-sessions.ts';

function listConfigurations(world: World, request: ApiRequest): object {
  const active = request.params.boolean('active');
  const isDefault = request.params.boolean('is_default');
  if (world.account.portalSettingsSaved) defaultConfiguration(world);
  return listPage(request, world.store.portalConfigurations, {
    noun: 'configuration',
    keep: (row) =>
      (world.account.portalSettingsSaved || !row.is_default) &&
      (active === undefined || row.active === active) &&
      (isDefault === undefined || row.is_default === isDefault),
  });
}

const CONFIGURATIONS_PATH = '/v1/billing_portal/configurations';

export const portalRoutes: readonly Route[] = [
  { method: 'POST', path: '/v1/billing_portal/sessions', operation: createPortalSession },
  { method: 'POST', path: CONFIGURATIONS_PATH, operation: createConfiguration },
  { method: 'GET', path: CONFIGURATIONS_PATH, operation: listConfigurations },
  {
    method: 'GET',
    path: `${CONFIGURATIONS_PATH}/:configuration`,
    operation: (world, { id }) => getConfiguration(world, id),
  },
  { method: 'POST', path: `${CONFIGURATIONS_PATH}/:configuration`, operation: updateConfiguration },
];
