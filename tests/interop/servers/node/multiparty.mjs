// multiparty: the older reader that streams, one part after the other.

import multiparty from "multiparty";

import { Measure, serve } from "./serve.mjs";

serve(
  (request) =>
    new Promise((resolve, reject) => {
      const parts = [];
      const form = new multiparty.Form();
      form.on("part", (part) => {
        const { name, filename, headers } = part;
        const found = { name, filename: filename ?? null, content_type: headers["content-type"] ?? null };
        parts.push(found);
        const measure = new Measure();
        part.on("data", (bytes) => measure.update(bytes));
        part.on("end", () => Object.assign(found, measure.done()));
        part.on("error", reject);
      });
      form.on("close", () => resolve(parts));
      form.on("error", reject);
      form.parse(request);
    }),
);
