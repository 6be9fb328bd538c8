/** What a user may see, for server components, route handlers and server actions. */
import { type AccessOptions, createAccess, type ServerAccess } from '@predixa/client/next';
import { settings } from './settings';

export function accessOptions(): AccessOptions {
  const { apiUrl, userPoolId, clientId, issuer } = settings();
  return {
    baseUrl: apiUrl,
    userPoolId,
    clientId,
    ...(issuer === undefined ? {} : { issuer }),
    onRefused: ({ reason }) => {
      if (reason === 'unavailable') console.warn(`Access could not be checked.`);
    },
  };
}

let created: ServerAccess | undefined;

/** The settings are read with the first request, not when the app is built. */
export function access(): ServerAccess {
  created ??= createAccess(accessOptions());
  return created;
}
