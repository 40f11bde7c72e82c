import type { Server, ServerResponse } from 'node:http';

/** How long a request under way may take to its end. */
const PATIENCE_MS = 3_000;

/**
 * Counts answers under way from now on. The result closes the service: it lets them end, then ends every connection.
 * Node alone would wait for connections that never sent a request (browsers open such ones ahead) until their timeout.
 */
export function closesGently(server: Server): (close: () => Promise<unknown>) => Promise<void> {
  const underWay = new Set<ServerResponse>();
  let onEmpty: () => void = () => {};
  server.on('request', (_request, response: ServerResponse) => {
    underWay.add(response);
    response.once('close', () => {
      underWay.delete(response);
      if (underWay.size === 0) onEmpty();
    });
  });
  return async (close) => {
    const closed = close();
    if (underWay.size > 0)
      await new Promise<void>((resolve) => {
        const patience = setTimeout(resolve, PATIENCE_MS);
        onEmpty = () => {
          clearTimeout(patience);
          resolve();
        };
      });
    server.closeAllConnections();
    await closed;
  };
}
