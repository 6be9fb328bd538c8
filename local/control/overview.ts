/** What the frame of the console needs. */
import type { CloudStatus } from '../page/status.ts';
import { walkthrough } from '../page/walkthrough.ts';
import type { Watch } from '../recording/watch.ts';
import type { Overview } from './contract.ts';
import type { ControlRoute } from './routes.ts';
import { clockOf } from './trouble/clock.ts';
import type { Roster } from './users/roster.ts';

export interface OverviewDeps {
  readonly status: () => CloudStatus;
  readonly watch: Watch;
  readonly roster: Roster;
}

export function overviewRoute({ status, watch, roster }: OverviewDeps): ControlRoute {
  return {
    method: 'GET',
    path: '',
    run: async (): Promise<Overview> => {
      const { urls, ids, confirmationCode, testCards, environmentFile, payload } = status();
      return {
        urls,
        ids,
        confirmationCode,
        testCards,
        environmentCommand: `source ${environmentFile}`,
        commands: walkthrough(status()),
        payload,
        clock: clockOf(watch),
        faults: watch.activeFaults(),
        userCount: (await roster.read()).length,
      };
    },
  };
}
