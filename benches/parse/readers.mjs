// Reads a body once with a reader from npm, and says as `cargo bench --bench parse -- time` does how many seconds that
// took and how many octets of content there were.
//
//     node readers.mjs READER FILE SLICE

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const require = createRequire(new URL("../../tests/interop/package.json", import.meta.url));
const [name, file, slice] = process.argv.slice(2);
const body = readFileSync(file);
const boundary = body.toString("latin1", "--".length, body.indexOf("\r\n"));
let content = 0;

const readers = {
  busboy() {
    const busboy = require("busboy");
    const reader = busboy({ headers: { "content-type": `multipart/form-data; boundary=${boundary}` } });
    return reader.on("file", (_name, stream) => stream.on("data", (bytes) => (content += bytes.length)));
  },
  // Its parser alone, without the files that it would write.
  formidable() {
    const { MultipartParser } = require("formidable");
    const reader = new MultipartParser();
    reader.initWithBoundary(boundary);
    return reader.on("data", ({ name, start, end }) => {
      if (name === "partData") content += end - start;
    });
  },
};

function* slices() {
  for (let start = 0; start < body.length; start += Number(slice)) {
    yield body.subarray(start, start + Number(slice));
  }
}

const reader = readers[name]();
const began = process.hrtime.bigint();
await pipeline(Readable.from(slices()), reader);
console.log(Number(process.hrtime.bigint() - began) / 1e9, content);
