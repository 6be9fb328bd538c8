/**
 * Whether this installation has finished adoption: it knows every user, customer and row that existed before it. Until
 * then, a missing record proves nothing, and a run only reports.
 */
import type { ReconcileServices } from './services.ts';

type AdoptionServices = Pick<ReconcileServices, 'adoption' | 'installation' | 'log'>;

/** A fresh installation has nothing to adopt, so its first run records the adoption as complete. */
export async function isAdopted(
  services: AdoptionServices,
  { dryRun }: { readonly dryRun: boolean },
): Promise<boolean> {
  const { adoption, log } = services;
  if (await adoption.isComplete()) return true;
  if (!(await isFresh(services))) {
    log.warn('Adoption is not complete, so the run only reports. See "Adoption" in docs/reconcile.md.', {
      metric: 'adoption_incomplete',
    });
    return false;
  }
  if (!dryRun) await adoption.complete('fresh_install');
  return true;
}

/** Returns whether there is no user in the pool and no record in either table. */
async function isFresh({ installation }: AdoptionServices): Promise<boolean> {
  const pages = [
    () => installation.profiles(null),
    () => installation.rows(null),
    () => installation.users(null),
  ];
  for (const list of pages) {
    const { items, next } = await list();
    if (items.length > 0 || next !== null) return false;
  }
  return true;
}
