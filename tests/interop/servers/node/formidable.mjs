// formidable: a reader of its own, beside busboy the one most used with Node.

import { Writable } from "node:stream";

import formidable from "formidable";

import { measureText, serve } from "./serve.mjs";

serve(async (request) => {
  const parts = [];
  const slots = new Map();
  const form = formidable({
    allowEmptyFiles: true,
    minFileSize: 0,
    maxFileSize: Number.MAX_SAFE_INTEGER,
    maxTotalFileSize: Number.MAX_SAFE_INTEGER,
    hashAlgorithm: "sha256",
    fileWriteStreamHandler: () => new Writable({ write: (_bytes, _encoding, done) => done() }),
  });
  form.on("field", (name, text) => {
    parts.push({ name, filename: null, content_type: null, ...measureText(text) });
  });
  // Files end in any order; their places are taken as they begin.
  form.on("fileBegin", (name, file) => {
    const part = { name, filename: file.originalFilename, content_type: file.mimetype };
    parts.push(part);
    slots.set(file, part);
  });
  form.on("file", (_name, file) => {
    Object.assign(slots.get(file), { size: file.size, sha256: file.hash });
  });
  await form.parse(request);
  return parts;
});
