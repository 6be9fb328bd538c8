// Runs dynalite in a process of its own, because unexpected input makes it throw where the error cannot be caught.
const dynalite = require('dynalite');
const { reportPort } = require('../child/port-to-parent.cjs');

const [path] = process.argv.slice(2);
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...(path ? { path } : {}) });
server.listen(0, '127.0.0.1', () => reportPort(server));
