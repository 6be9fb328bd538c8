// Reports the port of a child process's server to the parent, and closes the server when the parent disconnects or
// exits.

/**
 * @param {import('node:http').Server} server
 */
exports.reportPort = function reportPort(server) {
  // Only our own front connects, over loopback. Its idle connections stay open, so that no request meets a closing one.
  server.keepAliveTimeout = 0;
  // Ctrl-C reaches the whole process group, but the parent decides when this process exits.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => {
    server.close();
    server.closeAllConnections();
  });
  process.send({ port: server.address().port });
};
