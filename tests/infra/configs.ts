/** The configurations that the stack's tests use. */
import { type PoolChoice, type StageConfig, stages } from '../../infra/config.ts';

export const existingPool: Extract<PoolChoice, { kind: 'existing' }> = {
  kind: 'existing',
  userPoolId: 'us-east-1_Abc123xyz',
  clientIds: ['4k2example0client1', '5l3example1client2'],
};

const existingTables: StageConfig['tables'] = {
  users: { kind: 'existing', name: 'UserProfiles' },
  entitlements: { kind: 'existing', name: 'predixa_entitlements' },
};

const withApi = (config: StageConfig, kind: 'http' | 'rest'): StageConfig => ({
  ...config,
  api: { ...config.api, kind },
});

const { dev, prod } = stages;

/** A stage whose apps sell in app stores. */
export const withStores = (config: StageConfig): StageConfig => ({
  ...config,
  stores: { revenueCatProjectId: 'proj1ab2c3d4', allowSandbox: false },
});

/** A stage with a queue between the webhook of Stripe and its worker. */
export const withQueue = (config: StageConfig): StageConfig => ({
  ...config,
  webhookQueue: { maxConcurrency: 2 },
});

/** Every kind of API, pool and tables, with and without app stores, in every combination that takes another code path. */
export const configs: Readonly<Record<string, StageConfig>> = {
  'dev over HTTP': withApi(dev, 'http'),
  'dev over REST': withApi(dev, 'rest'),
  'prod over HTTP': withApi(prod, 'http'),
  'prod over REST': withApi(prod, 'rest'),
  'prod over HTTP with an existing pool and tables': {
    ...withApi(prod, 'http'),
    pool: existingPool,
    tables: existingTables,
  },
  'prod over REST with an existing pool and tables': {
    ...withApi(prod, 'rest'),
    pool: existingPool,
    tables: existingTables,
  },
  'dev over HTTP with app stores': withStores(withApi(dev, 'http')),
  'prod over REST with app stores': withStores(withApi(prod, 'rest')),
  'prod over HTTP with a queue': withQueue(withApi(prod, 'http')),
  'dev over REST with app stores and a queue': withQueue(withStores(withApi(dev, 'rest'))),
};
