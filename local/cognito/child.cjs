// Runs the Cognito emulator in a process of its own, with its data in files.
const { StormDBDataStoreFactory } = require('cognito-local/lib/services/dataStore/stormDb');
const { reportPort } = require('../child/port-to-parent.cjs');
const { createEmulator } = require('./emulator.cjs');

const DIRECTORY = '.cognito/db';

async function main() {
  const server = await createEmulator({
    directory: DIRECTORY,
    settingsStores: new StormDBDataStoreFactory('.cognito'),
    stores: new StormDBDataStoreFactory(DIRECTORY),
  });
  reportPort(await server.start());
}

void main();
