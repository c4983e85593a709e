// undici: what Node's own reader is, of the version that stands in package.json. It is written after WHATWG's text, is
// the strictest of all here, and holds the whole form in memory.

import { Response } from "undici";

import { formDataReader, serve } from "./serve.mjs";

serve(formDataReader(Response));
