// Assembles cognito-local from its modules: without its Lambda and KMS clients, which load all of SDK v2 and delay the
// start by a second, and with two features that it lacks.
const { reviveDate } = require('./file-store.cjs');
const lib = (name) => require(`cognito-local/lib/${name}`);
const { CognitoServiceFactoryImpl } = lib('services/cognitoService');
const { DateClock } = lib('services/clock');
const { MessagesService } = lib('services/messages');
const { Router } = lib('server/Router');
const { createServer } = lib('server/server');
const { JwtTokenGenerator } = lib('services/tokenGenerator');
const { UserPoolServiceFactoryImpl } = lib('services/userPoolService');
const { loadConfig } = lib('server/config');
const { otp } = lib('services/otp');

// The server accepts only a logger from the copy of pino that cognito-local depends on.
const logger = require(require.resolve('pino', { paths: [require.resolve('cognito-local/lib/index.js')] }))({
  level: 'silent',
});
const triggers = { enabled: () => false };

// AWS finds a federated user only by username. The emulator also accepts the sub or the email address.
// A request with an access token is looked up by the token's sub, which is correct for every user.
// Addresses are compared without their letter case, as in the deployed pool.
function findAsCognitoDoes(pool) {
  const findByAnyName = pool.getUserByUsername.bind(pool);
  const emailOf = ({ Attributes }) => Attributes.find(({ Name }) => Name === 'email')?.Value;
  const findByAddress = async (ctx, username) => {
    const address = String(username).toLowerCase();
    const users = address.includes('@') ? await pool.listUsers(ctx) : [];
    return users.find((user) => emailOf(user)?.toLowerCase() === address) ?? null;
  };
  pool.getUserByUsername = async (ctx, username) => {
    const user = (await findByAnyName(ctx, username)) ?? (await findByAddress(ctx, username));
    if (!user || user.Username === username || ctx.byToken) return user;
    if (user.UserStatus !== 'EXTERNAL_PROVIDER') return user;
    const users = await pool.listUsers(ctx);
    const hasEmail = (other) => emailOf(other)?.toLowerCase() === String(username).toLowerCase();
    return users.find((other) => other.UserStatus !== 'EXTERNAL_PROVIDER' && hasEmail(other)) ?? null;
  };
}

// The emulator keeps every sign-in of a user for ever, and writes all of them with every change of any user.
const MAX_SIGN_INS = 100;
function keepLatestSignIns(pool) {
  const saveUser = pool.saveUser.bind(pool);
  pool.saveUser = (ctx, user) => {
    const latest = (list) => (Array.isArray(list) ? list.slice(-MAX_SIGN_INS) : list);
    const { RefreshTokens, RevokedSignIns, ...rest } = user;
    return saveUser(ctx, {
      ...rest,
      ...(RefreshTokens === undefined ? {} : { RefreshTokens: latest(RefreshTokens) }),
      ...(RevokedSignIns === undefined ? {} : { RevokedSignIns: latest(RevokedSignIns) }),
    });
  };
}

// Returns operations of our own, which only the front may call.
function ownOperations(cognito, clock) {
  let parts = [];
  return {
    LocalSaveUser: async (ctx, { UserPoolId, User }) => {
      const pool = await cognito.getUserPool(ctx, UserPoolId);
      await pool.saveUser(ctx, { ...User, UserCreateDate: clock.get(), UserLastModifiedDate: clock.get() });
      return {};
    },
    // Returns the record of a user, with the password, which the emulator stores as a text.
    LocalGetUser: async (ctx, { UserPoolId, Username }) => {
      const pool = await cognito.getUserPool(ctx, UserPoolId);
      return { User: await pool.getUserByUsername(ctx, Username) };
    },
    LocalPatchUser: async (ctx, { UserPoolId, Username, Patch }) => {
      const pool = await cognito.getUserPool(ctx, UserPoolId);
      const user = await pool.getUserByUsername(ctx, Username);
      // What is null in JSON is absent in the record.
      const entries = Object.entries({ ...user, ...Patch }).filter(([, value]) => value !== null);
      if (user)
        await pool.saveUser(ctx, { ...Object.fromEntries(entries), UserLastModifiedDate: clock.get() });
      return {};
    },
    // The records as a text, because the server would write their dates in another form.
    LocalSaveAll: async (ctx, { UserPoolId }) => {
      const pool = await cognito.getUserPool(ctx, UserPoolId);
      const records = { users: await pool.listUsers(ctx), groups: await pool.listGroups(ctx) };
      return { Records: JSON.stringify(records) };
    },
    // The text comes in parts, because the server refuses large requests.
    LocalBeginLoad: async () => {
      parts = [];
      return {};
    },
    LocalLoadPart: async (_ctx, { Part }) => {
      parts.push(Part);
      return {};
    },
    LocalEndLoad: async (ctx, { UserPoolId }) => {
      const pool = await cognito.getUserPool(ctx, UserPoolId);
      const { users, groups } = JSON.parse(parts.join(''), reviveDate);
      parts = [];
      const all = (records, change) => Promise.all(records.map((record) => change.call(pool, ctx, record)));
      await all(await pool.listUsers(ctx), pool.deleteUser);
      await all(await pool.listGroups(ctx), pool.deleteGroup);
      await all(groups, pool.saveGroup);
      await all(users, pool.saveUser);
      return {};
    },
    LocalDeleteAllUsers: async (ctx, { UserPoolId }) => {
      const pool = await cognito.getUserPool(ctx, UserPoolId);
      for (const user of await pool.listUsers(ctx)) await pool.deleteUser(ctx, user);
      return {};
    },
  };
}

// Returns the server, which does not listen yet. The factories create the stores of the settings and of the users. The
// emulator reads the names of its pools from the files in the directory, once.
async function createEmulator({ directory, settingsStores, stores }) {
  const ctx = { logger };
  const config = await loadConfig(ctx, settingsStores);
  const clock = new DateClock();
  const pools = new UserPoolServiceFactoryImpl(clock, stores);
  const cognito = await new CognitoServiceFactoryImpl(directory, stores, pools).create(
    ctx,
    config.UserPoolDefaults,
  );
  for (const pool of cognito.userPools) {
    findAsCognitoDoes(pool);
    keepLatestSignIns(pool);
  }
  const services = {
    clock,
    cognito,
    config,
    messages: new MessagesService(triggers, { deliver: async () => undefined }),
    otp,
    tokenGenerator: new JwtTokenGenerator(clock, triggers, config.TokenConfig),
    triggers,
  };
  const route = Router(services);
  const own = ownOperations(cognito, clock);
  const routeWithOwn = (target) => (requestCtx, request) =>
    (own[target] ?? route(target))({ ...requestCtx, byToken: 'AccessToken' in request }, request);
  return createServer(routeWithOwn, logger, { hostname: '127.0.0.1', port: 0 });
}

module.exports = { createEmulator };
