// Tells the parent where a server of a child process listens, and closes it when the parent says so or is gone.

/**
 * @param {import('node:http').Server} server
 */
exports.reportPort = function reportPort(server) {
  // Only our own front connects, over loopback: an idle connection must not be closed under it.
  server.keepAliveTimeout = 0;
  // Ctrl-C goes to the whole process group; the parent decides when this one ends.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => {
    server.close();
    server.closeAllConnections();
  });
  process.send({ port: server.address().port });
};
