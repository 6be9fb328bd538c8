// Runs dynalite in a process of its own, since unexpected input makes it throw where nobody can catch it.
const dynalite = require('dynalite');
const { reportPort } = require('../child/port-to-parent.cjs');

const [path] = process.argv.slice(2);
const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...(path ? { path } : {}) });
server.listen(0, '127.0.0.1', () => reportPort(server));
