// Node's own fetch and FormData: fetch_upload.mjs URL FILE...
//
// Sends the form that all clients here send, prints the answer's body, and its status or what went wrong on standard
// error. Exit status: 0 for an answer of 2xx, 1 for another, 2 if there was none.

import { openAsBlob } from "node:fs";
import { basename } from "node:path";

// Names twice, and names and texts beyond ASCII. The files follow, all of them under `file`.
const TEXTS = [["text", "one"], ["text", "zwei, 中文 🙂"], ["größe", ""]];

const [url, ...paths] = process.argv.slice(2);
const form = new FormData();
for (const [name, text] of TEXTS) form.append(name, text);
for (const path of paths) form.append("file", await openAsBlob(path), basename(path));
try {
  const answer = await fetch(url, { method: "POST", body: form, redirect: "manual" });
  process.stdout.write(Buffer.from(await answer.arrayBuffer()));
  console.error(`status: ${answer.status}`);
  process.exitCode = answer.ok ? 0 : 1;
} catch (error) {
  console.error(`exception: ${error.cause ?? error}`);
  process.exitCode = 2;
}
