// Runs the Cognito emulator in a process of its own, with its data in files.
const { reportPort } = require('../child/port-to-parent.cjs');
const { createEmulator } = require('./emulator.cjs');
const { FileStoreFactory } = require('./file-store.cjs');

const DIRECTORY = '.cognito/db';

async function main() {
  const server = await createEmulator({
    directory: DIRECTORY,
    settingsStores: new FileStoreFactory('.cognito'),
    stores: new FileStoreFactory(DIRECTORY),
  });
  reportPort(await server.start());
}

void main();
