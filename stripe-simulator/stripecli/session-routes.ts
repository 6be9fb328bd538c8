/** The route with which the Stripe CLI opens a session. */
import type { Route } from '../protocol/route.ts';
import { DEFAULT_API_VERSION } from '../world/world.ts';
import type { CliSessions } from './cli-sessions.ts';
import { SOCKET_PATH } from './cli-socket.ts';

/** Seconds after which the CLI renews its connection by itself. */
const RECONNECT_SECONDS = 6 * 3_600;

export function cliSessionRoutes(sessions: Pick<CliSessions, 'open'>): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v1/stripecli/sessions',
      operation: ({ baseUrl, apiVersion }, { params }) => {
        const { id, feature, secret } = sessions.open({
          device: params.string('device_name') ?? '',
          features: params.strings('websocket_features') ?? [],
          filters: params.string('filters'),
        });
        return {
          object: 'stripecli.session',
          default_version: apiVersion,
          latest_version: DEFAULT_API_VERSION,
          device_token: id,
          display_connect_filter_warning: false,
          reconnect_delay: RECONNECT_SECONDS,
          secret,
          websocket_authorized_feature: feature,
          websocket_id: id,
          websocket_url: `${baseUrl().replace(/^http/, 'ws')}${SOCKET_PATH}`,
        };
      },
    },
  ];
}
