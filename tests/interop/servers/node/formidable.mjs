// formidable: a reader of its own, beside busboy the one most used with Node.

import formidable from "formidable";

import { formidableFile, formidableOptions, measureText, serve } from "./serve.mjs";

serve(async (request) => {
  const parts = [];
  const slots = new Map();
  const form = formidable(formidableOptions);
  form.on("field", (name, text) => {
    parts.push({ name, filename: null, content_type: null, ...measureText(text) });
  });
  // Files end in any order; their places are taken as they begin.
  form.on("fileBegin", (_name, file) => {
    slots.set(file, parts.length);
    parts.push(null);
  });
  form.on("file", (name, file) => {
    parts[slots.get(file)] = formidableFile(name, file);
  });
  await form.parse(request);
  return parts;
});
