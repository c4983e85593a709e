// @fastify/multipart: Fastify's own plugin, on a busboy of its own.

import multipart from "@fastify/multipart";
import fastify from "fastify";

import { announce, framingOf, Measure, measureText } from "./serve.mjs";

async function partsOf(request) {
  const parts = [];
  for await (const { type, fieldname, filename, mimetype, value, file } of request.parts()) {
    const found = { name: fieldname, filename: filename ?? null, content_type: mimetype };
    if (type === "field") {
      // A text that is typed as JSON is handed over as what it says.
      Object.assign(found, measureText(mimetype === "application/json" ? JSON.stringify(value) : value));
    } else {
      const measure = new Measure();
      for await (const bytes of file) measure.update(bytes);
      Object.assign(found, measure.done());
    }
    parts.push(found);
  }
  return parts;
}

const application = fastify({ bodyLimit: Number.MAX_SAFE_INTEGER });
application.register(multipart);
application.post("/", async (request) => ({ parts: await partsOf(request), framing: framingOf(request) }));
application.setErrorHandler((error, request, reply) => {
  reply.code(400).send({ error: String(error), framing: framingOf(request) });
});
await application.listen({ port: 0, host: "127.0.0.1" });
announce(application.server);
