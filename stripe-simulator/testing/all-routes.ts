/** The routes of the API, for tests that look at them and ask none. */
import { apiRoutes } from '../http/api-routes.ts';

const unused = () => {
  throw new Error('This list of routes executes nothing.');
};

export const allRoutes = apiRoutes({
  send: unused,
  sendToCli: unused,
  advance: unused,
  cli: { open: unused },
});
