// multer: what Express reads forms with. Texts become `request.body`, which other code than multer's fills: several of
// one name are a list, and brackets in a name make an object.

import express from "express";
import multer from "multer";

import { announce, framingOf, Measure, textsOf } from "./serve.mjs";

/// Where multer puts files: nowhere.
const storage = {
  _handleFile: (_request, file, done) => {
    const measure = new Measure();
    file.stream.on("data", (bytes) => measure.update(bytes));
    file.stream.on("end", () => done(null, measure.done()));
    file.stream.on("error", done);
  },
  _removeFile: (_request, _file, done) => done(),
};

function* partsOf({ body, files }) {
  yield* textsOf(body);
  for (const { fieldname, originalname, mimetype, size, sha256 } of files ?? []) {
    yield { name: fieldname, filename: originalname, content_type: mimetype, size, sha256 };
  }
}

const application = express();
application.use(multer({ storage, defParamCharset: "utf8" }).any());
application.post("/", (request, response) => {
  response.json({ parts: [...partsOf(request)], framing: framingOf(request) });
});
application.use((error, request, response, _next) => {
  response.status(400).json({ error: String(error), framing: framingOf(request) });
});
announce(application.listen(0, "127.0.0.1"));
