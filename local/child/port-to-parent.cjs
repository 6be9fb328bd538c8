// Reports the port of a child process's server to the parent, and closes the server when the parent disconnects or
// exits. The server answers only its parent: a web page could find the port, and these servers answer every origin.

/**
 * @param {import('node:http').Server} server
 */
exports.reportPort = function reportPort(server) {
  // oxlint-disable-next-line node/no-process-env -- Arguments are visible to every user of the machine.
  const secret = process.env.PARENT_SECRET;
  const listeners = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    if (request.headers['x-parent-secret'] === secret)
      for (const answer of listeners) answer.call(server, request, response);
    else response.writeHead(403).end('This server answers only the local cloud that started it.');
  });
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

// Tells the parent that the child cannot go on, and that a restart would not help.
exports.reportFailure = function reportFailure(file, error) {
  const failure = { file, code: error.code, message: error.message };
  // The error is told apart by its text where it comes from a library of another language.
  if (/no space left/i.test(`${error.message} ${error.cause?.message}`)) failure.code = 'ENOSPC';
  if (process.connected) process.send({ failure });
};
