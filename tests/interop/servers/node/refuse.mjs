// Node's own HTTP server, which refuses every upload by its head and closes the connection, with the body unread. It
// ends when standard input does.

import { createServer } from "node:http";

const server = createServer((_request, response) => {
  response.writeHead(413, { "Content-Type": "text/plain", Connection: "close" });
  response.end("too large for node\n");
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit()).resume();
