// The reader that Node has built in, behind `Response.formData()`. It holds the whole form in memory.

import { formDataReader, serve } from "./serve.mjs";

serve(formDataReader(Response));
