// undici: the reader behind Node's own `Request.formData()`, written after WHATWG's text and the strictest of all here.
// It holds the whole form in memory, so it is not asked to read large ones.

import { Request } from "undici";

import { Measure, measureText, serve } from "./serve.mjs";

serve(async (request) => {
  const form = await new Request("http://localhost/", {
    method: "POST",
    headers: { "Content-Type": request.headers["content-type"] },
    body: request,
    duplex: "half",
  }).formData();
  const parts = [];
  for (const [name, value] of form) {
    parts.push(
      typeof value === "string"
        ? { name, filename: null, content_type: null, ...measureText(value) }
        : {
            name,
            filename: value.name,
            content_type: value.type,
            ...new Measure().update(Buffer.from(await value.arrayBuffer())).done(),
          },
    );
  }
  return parts;
});
