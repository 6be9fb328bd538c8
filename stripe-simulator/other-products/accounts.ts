/** Connected accounts, of which only the record is kept. */
import type { ApiRequest } from '../protocol/route.ts';
import { emit } from '../world/records.ts';
import type { World } from '../world/world.ts';
import { accountKind } from './plain-kinds.ts';
import { getPlain } from './plain-objects.ts';

export function deauthorizeAccount(world: World, { id }: ApiRequest): object {
  getPlain(world, accountKind, id);
  world.store.plainObjects.delete(id);
  const application = { id: 'ca_1SimulatorApplication', object: 'application', name: 'Simulator' };
  emit(world, 'account.application.deauthorized', { object: application });
  return { id, object: 'account', deleted: true };
}
