// The receiver's page in a real browser: Chromium, without a window, driven by playwright-core.
//
//   node browser.mjs URL FILE...   sends the files and a text from the page at URL, once with its script and once as a
//                                  plain form, so that the receiver sees exactly two POSTs. On standard output:
//                                  {"with_script": [{title, field, saved_as, size, sha256}…], "without_script": "text"},
//                                  which is what the two answers show.
//   node browser.mjs --which       prints the browser that would be taken.
//
// Everything that can be shown without the receiver's help (refusals, hostile names, a cancelled upload) is tried with
// answers made up here. What is not as it should be ends the run with status 1 and one line on standard error.

import { createHash } from "node:crypto";
import { accessSync, constants, readFileSync, statSync } from "node:fs";
import { basename, delimiter, join } from "node:path";

const TEXT = "Grüße, 中文 🙂\nsecond line";
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const PHONE = { width: 320, height: 640 };

/// Nothing takes a second on an idle machine; this one may be testing other things as well.
const PATIENCE = 60_000;

/// Where the browser is, if there is one. Debian's is asked for first.
function findBrowser() {
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const places = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  places.push("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return statSync(place).isFile();
    } catch {
      return false;
    }
  });
}

function expect(holds, otherwise) {
  if (!holds) throw new Error(otherwise);
}

function expectEqual(got, expected, what) {
  const [left, right] = [JSON.stringify(got), JSON.stringify(expected)];
  expect(left === right, `${what}: expected ${right}, got ${left}`);
}

/// Waits until the element says so.
async function says(element, text) {
  await element
    .filter({ hasText: text })
    .waitFor()
    .catch(async () => {
      throw new Error(`the page does not say ${JSON.stringify(text)}, but ${JSON.stringify(await element.innerText())}`);
    });
}

/// What the receiver should say of some content.
function measure(title, field, content) {
  return { title, field, size: content.length, sha256: createHash("sha256").update(content).digest("hex") };
}

/// A tab at `url`. It is an error if its script fails, if the page's policy stops anything, or if it asks another origin.
async function open(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 800, height: 800 }, ...options });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`the page's script failed: ${error.message}`));
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) wrong.push(message.text());
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(url).origin) wrong.push(`the page asked for ${request.url()}`);
  });
  const answer = await page.goto(url);
  expectEqual(answer.status(), 200, "GET of the page");
  const policy = answer.headers()["content-security-policy"] ?? "";
  expect(policy.includes("default-src 'none'"), `the page came with the policy ${JSON.stringify(policy)}`);
  const close = async () => {
    await context.close();
    expect(wrong.length === 0, wrong.join("; "));
  };
  return { page, context, close };
}

/// The list of what was received, as it can be read on the page.
function shownOn(page) {
  return page.locator("#answer li").evaluateAll((items) =>
    items.map((item) => {
      const facts = {};
      for (const term of item.querySelectorAll("dt")) {
        facts[term.innerText] = term.nextElementSibling.innerText;
      }
      return {
        title: item.querySelector("h3").innerText,
        field: facts.Field,
        saved_as: facts["Saved as"],
        size: Number(/([\d,]+) bytes?\b/.exec(facts.Size)[1].replaceAll(",", "")),
        sha256: facts["SHA-256"],
      };
    }),
  );
}

async function withScript(browser, url, files, expected) {
  const { page, close } = await open(browser, url);
  // The files by keyboard alone: the first stop of Tab is what opens the dialog.
  const opened = page.waitForEvent("filechooser");
  opened.catch(() => {});
  await page.keyboard.press("Tab");
  expectEqual(await page.evaluate(() => document.activeElement.id), "files", "the first stop of Tab");
  await page.keyboard.press("Enter");
  const dialog = await opened;
  expect(dialog.isMultiple(), "the page takes one file only");
  await dialog.setFiles(files);
  await page.getByLabel("Text").fill(TEXT);
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator("#answer li, #error:not(:empty)").first().waitFor({ timeout: 2 * PATIENCE });
  expectEqual(await page.locator("#error").innerText(), "", "the page's error");

  const shown = await shownOn(page);
  expectEqual(shown.map(({ saved_as, ...rest }) => rest), expected, "what the page shows");
  for (const { title, saved_as } of shown) expect(saved_as, `the page does not say where ${title} was saved`);
  expectEqual(await page.locator("#chosen li").count(), 0, "files still chosen after they were sent");
  await close();
  return shown;
}

async function withoutScript(browser, url, files, expected) {
  const { page, close } = await open(browser, url, { javaScriptEnabled: false });
  await page.getByLabel("Choose files").setInputFiles(files);
  await page.getByLabel("Text").fill(TEXT);
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === "POST", { timeout: 2 * PATIENCE }),
    page.getByRole("button", { name: "Send" }).click(),
  ]);
  await page.waitForLoadState();
  const type = answer.headers()["content-type"] ?? "";
  const text = await page.locator("body").innerText();
  expect(answer.ok(), `a plain form was answered with ${answer.status()}: ${text}`);
  expect(type.startsWith("text/html"), `a plain form was answered with ${type}`);
  for (const { title, sha256 } of expected) {
    expect(text.includes(title) && text.includes(sha256), `the answer to a plain form lacks ${title}, ${sha256}: ${text}`);
  }
  await close();
  return text;
}

/// All that needs no receiver, on a telephone's width.
async function madeUpAnswers(browser, url, colorScheme) {
  const { page, context, close } = await open(browser, url, { viewport: PHONE, colorScheme });
  let posts = 0;
  let answer = null;
  await page.route(() => true, (route) => {
    if (route.request().method() !== "POST") return route.continue();
    posts += 1;
    if (answer) route.fulfill({ contentType: "application/json", ...answer });
  });
  const error = page.locator("#error");
  const send = page.getByRole("button", { name: "Send" });
  const look = (state) => lookAt(page, context, `${state}, ${colorScheme}`);
  const file = (name, content) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(content) });
  const long = `${"long_name_without_a_space_".repeat(8)}.tar.zst`;

  await look("empty page");
  await send.click();
  await says(error, "nothing to send");
  await look("nothing to send");

  // Chosen twice, dropped once, and one taken back.
  await page.locator("#files").setInputFiles([file(long, "long")]);
  await page.locator("#files").setInputFiles([file("unwanted", "unwanted")]);
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(["dropped"], "<b>dropped</b> \u202e.txt"));
    document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
  });
  await page.getByRole("button", { name: "Remove unwanted" }).click();
  expectEqual(
    await page.locator("#chosen .name").allInnerTexts(),
    [long, "<b>dropped</b> \\u{202e}.txt"],
    "the chosen files",
  );
  expectEqual(posts, 0, "requests before anything was sent");
  await look("files chosen");
  await tabThrough(page);

  // Cancelled by keyboard, before anything comes back: nothing is lost.
  await send.click();
  await page.getByRole("button", { name: "Cancel" }).waitFor();
  expect(await send.isDisabled(), "a second upload can be begun while the first runs");
  await look("sending");
  await page.keyboard.press("Enter");
  await says(error, "Cancelled");
  expectEqual(await page.locator("#chosen li").count(), 2, "files still chosen after Cancel");

  const message = "<img src=x onerror=alert(1)> \u001b[31m";
  answer = { status: 413, body: JSON.stringify({ error: { kind: "too_large", offset: 12, message } }) };
  await send.click();
  await says(error, "413");
  const refusal = await error.innerText();
  for (const said of ["too_large", "12", "<img src=x onerror=alert(1)> \\u{1b}[31m"]) {
    expect(refusal.includes(said), `the refusal lacks ${said}: ${refusal}`);
  }
  await look("refused");

  answer = { status: 502, contentType: "text/html", body: "<h1>not the receiver</h1>" };
  await send.click();
  await says(error, "502: <h1>not the receiver</h1>");

  const sha256 = "0".repeat(64);
  const part = (filename, size) => ({ name: "file", filename, content_type: null, size, sha256, saved_as: filename });
  answer = { status: 201, body: JSON.stringify({ parts: [part(long, 4)], bytes: 4 }) };
  await send.click();
  await says(error, "not what was sent");

  answer = { status: 201, body: JSON.stringify({ parts: [part(long, 4), part("<script>\u202e", 7)], bytes: 11 }) };
  await send.click();
  await page.locator("#answer li").nth(1).waitFor();
  expectEqual((await shownOn(page)).map(({ title }) => title), [long, "<script>\\u{202e}"], "hostile names");
  expectEqual(await error.innerText(), "", "the error beside a good answer");
  await look("received");
  expectEqual(posts, 5, "requests sent");
  await close();
}

/// No scrolling sideways, a name on every control, and text that can be told from its ground.
async function lookAt(page, context, state) {
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(width <= PHONE.width, `${state}: ${width} px wide on a screen of ${PHONE.width}`);

  const session = await context.newCDPSession(page);
  const { nodes } = await session.send("Accessibility.getFullAXTree");
  await session.detach();
  const controls = nodes.filter(({ ignored, role, properties = [] }) => {
    const focusable = properties.some(({ name, value }) => name === "focusable" && value.value);
    const isControl = /^(button|textbox|link|progressbar|checkbox|radio|combobox)$/.test(role?.value);
    return !ignored && role?.value !== "RootWebArea" && (focusable || isControl);
  });
  expect(controls.length >= 3, `${state}: the accessibility tree has only ${controls.length} controls`);
  for (const { role, name } of controls) expect(name?.value?.trim(), `${state}: a ${role.value} has no name`);
  for (const wanted of ["main", "status"]) {
    expect(nodes.some(({ role }) => role?.value === wanted), `${state}: the accessibility tree has no ${wanted}`);
  }

  const faint = await page.evaluate(findFaintText);
  expect(faint.length === 0, `${state}: too little contrast: ${faint.join("; ")}`);
}

/// Runs in the page: texts whose contrast is under what WCAG asks at level AA. What is disabled is exempt there, too.
function findFaintText() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if ((channels(color)[3] ?? 1) === 1) return color;
    }
    throw new Error("the page has no background");
  };
  const faint = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const element = text.parentElement;
    if (!text.data.trim() || !element.checkVisibility() || element.closest(":disabled, script")) continue;
    const [a, b] = [getComputedStyle(element).color, ground(element)].map(luminance);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} for ${JSON.stringify(text.data.slice(0, 40))}`);
  }
  return faint;
}

/// Tab comes to every control, in the order of the page, and one sees where it is.
async function tabThrough(page) {
  await page.evaluate(() => document.activeElement.blur());
  const expected = await page.evaluate(() =>
    [...document.querySelectorAll("input, textarea, button")]
      .filter((control) => control.checkVisibility() && !control.disabled)
      .map((control) => control.id || control.ariaLabel),
  );
  const stops = [];
  // From the top, wherever the focus was before.
  await page.locator("h1").click();
  for (const _ of expected) {
    await page.keyboard.press("Tab");
    const [stop, outline] = await page.evaluate(() => {
      const control = document.activeElement;
      const marks = [control, control.closest("label")].filter(Boolean).map((one) => getComputedStyle(one));
      const seen = marks.some(({ outlineStyle, outlineWidth }) => outlineStyle === "solid" && parseFloat(outlineWidth) >= 2);
      return [control.id || control.ariaLabel, seen];
    });
    expect(outline, `the focus on ${stop} cannot be seen`);
    stops.push(stop);
  }
  expectEqual(stops, expected, "the stops of Tab");
}

async function main() {
  const executablePath = findBrowser();
  expect(executablePath, "there is no Chromium here; Debian has it: apt-get install chromium");
  const [url, ...files] = process.argv.slice(2);
  if (url === "--which") return console.log(executablePath);
  expect(files.length > 0, "usage: node browser.mjs URL FILE... | --which");

  const expected = files.map((file) => measure(basename(file), "file", readFileSync(file)));
  // Line ends in texts are CRLF on the wire, whoever encodes the form.
  expected.push(measure("text", "text", Buffer.from(TEXT.replaceAll("\n", "\r\n"))));

  const { chromium } = await import("playwright-core");
  // Each launch has a profile of its own, which is deleted at the end.
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    const shown = await withScript(browser, url, files, expected);
    const text = await withoutScript(browser, url, files, expected);
    for (const colorScheme of ["light", "dark"]) await madeUpAnswers(browser, url, colorScheme);
    console.log(JSON.stringify({ with_script: shown, without_script: text }));
  } finally {
    await browser.close();
  }
}

main().catch((error) => {
  console.error(`browser.mjs: ${error.message}`);
  process.exitCode = 1;
});
