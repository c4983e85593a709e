// What the Node servers here share: an HTTP server on a port of the system's choosing, which says on standard output
// which one it got, hands each POST to `read` and answers with what that found. It ends when standard input does, so
// that it cannot outlive the test that started it.

import { createHash } from "node:crypto";
import { createServer } from "node:http";

/// Serves until standard input ends. `read` takes a request and resolves to the parts that it found, in their order.
export function serve(read) {
  const server = createServer({ requestTimeout: 0 }, async (request, response) => {
    const framing = request.headers["transfer-encoding"] === undefined ? "length" : "chunked";
    const [status, answer] = await read(request).then(
      (parts) => [200, { parts, framing }],
      (error) => [400, { error: String(error), framing }],
    );
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer));
    request.resume();
  });
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
  process.stdin.on("end", () => process.exit()).resume();
}

/// Counts and hashes content as it passes, and keeps none of it.
export class Measure {
  #hash = createHash("sha256");
  #size = 0;

  update(bytes) {
    this.#hash.update(bytes);
    this.#size += bytes.length;
    return this;
  }

  done() {
    return { size: this.#size, sha256: this.#hash.digest("hex") };
  }
}

/// The measure of a text, for readers that hand over texts.
export function measureText(text) {
  return new Measure().update(Buffer.from(text)).done();
}
