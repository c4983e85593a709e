// koa-body: what Koa reads forms with, on formidable.

import Koa from "koa";
import { koaBody } from "koa-body";

import { announce, formidableFile, formidableOptions, framingOf, textsOf } from "./serve.mjs";

function* partsOf({ body, files }) {
  yield* textsOf(body);
  for (const [name, found] of Object.entries(files ?? {})) {
    for (const file of [found].flat()) yield formidableFile(name, file);
  }
}

const application = new Koa();
application.use(async (context, next) => {
  try {
    await next();
  } catch (error) {
    context.status = 400;
    context.body = { error: String(error), framing: framingOf(context.req) };
  }
});
application.use(koaBody({ multipart: true, formidable: formidableOptions }));
application.use((context) => {
  context.body = { parts: [...partsOf(context.request)], framing: framingOf(context.req) };
});
announce(application.listen(0, "127.0.0.1"));
