// busboy: what multer, and so most of Express, reads forms with.

import busboy from "busboy";

import { Measure, measureText, serve } from "./serve.mjs";

serve(
  (request) =>
    new Promise((resolve, reject) => {
      const parts = [];
      const reader = busboy({ headers: request.headers, defParamCharset: "utf8" });
      reader.on("field", (name, text, { mimeType }) => {
        parts.push({ name, filename: null, content_type: mimeType, ...measureText(text) });
      });
      reader.on("file", (name, content, { filename, mimeType }) => {
        const part = { name, filename: filename ?? null, content_type: mimeType };
        parts.push(part);
        const measure = new Measure();
        content.on("data", (bytes) => measure.update(bytes));
        content.on("end", () => Object.assign(part, measure.done()));
      });
      reader.on("close", () => resolve(parts));
      reader.on("error", reject);
      request.on("error", reject);
      request.pipe(reader);
    }),
);
