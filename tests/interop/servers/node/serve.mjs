// What the Node servers here share: an HTTP server on a port of the system's choosing, which says on standard output
// which one it got, hands each POST to `read` and answers with what that found. It ends when standard input does, so
// that it cannot outlive the test that started it.

import { createHash } from "node:crypto";
import { createServer } from "node:http";
import { Writable } from "node:stream";

/// Serves until standard input ends. `read` takes a request and resolves to the parts that it found, in their order.
export function serve(read) {
  const server = createServer({ requestTimeout: 0 }, async (request, response) => {
    const framing = framingOf(request);
    const [status, answer] = await read(request).then(
      (parts) => [200, { parts, framing }],
      (error) => [400, { error: String(error), framing }],
    );
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer));
    request.resume();
  });
  announce(server.listen(0, "127.0.0.1"));
}

/// Says the server's port once it has one, and ends the process when standard input does.
export function announce(server) {
  const say = () => console.log(server.address().port);
  server.listening ? say() : server.on("listening", say);
  process.stdin.on("end", () => process.exit()).resume();
}

/// How the body's end is known.
export function framingOf(request) {
  return request.headers["transfer-encoding"] === undefined ? "length" : "chunked";
}

/// A text, or several of one name, as one part each: for readers that hand texts over by name.
export function* textsOf(body) {
  for (const [name, texts] of Object.entries(body ?? {})) {
    for (const text of [texts].flat()) yield { name, filename: null, content_type: null, ...measureText(text) };
  }
}

/// What reads with a `formData()`, which some class of requests or responses has after WHATWG's text.
export function formDataReader(Response) {
  return async (request) => {
    const headers = { "Content-Type": request.headers["content-type"] };
    const form = await new Response(request, { headers }).formData();
    return Promise.all([...form].map(([name, value]) => partOf(name, value)));
  };
}

async function partOf(name, value) {
  if (typeof value === "string") return { name, filename: null, content_type: null, ...measureText(value) };
  const content = Buffer.from(await value.arrayBuffer());
  return { name, filename: value.name, content_type: value.type, ...new Measure().update(content).done() };
}

/// What formidable is told, by itself or under koa-body: it keeps no files, and takes empty ones.
export const formidableOptions = {
  allowEmptyFiles: true,
  minFileSize: 0,
  hashAlgorithm: "sha256",
  fileWriteStreamHandler: () => new Writable({ write: (_bytes, _encoding, done) => done() }),
};

/// What formidable calls a file, which may have no name.
export function formidableFile(name, { originalFilename: filename, mimetype, size, hash }) {
  const found = { name, filename, content_type: mimetype, size, sha256: hash };
  return filename === null ? { ...found, is_file: true } : found;
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
