// For everyone: axe finds nothing in either theme, nothing is wider than the window, and the
// screenshots are kept for whoever judges them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Person } from "./house.mjs";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const WIDTHS = [360, 768, 1280, 1920];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe has against the page as it is now. Injected here, never shipped. */
async function complaints(page) {
  // Not by a script element: the page's content security policy would rightly refuse it.
  await page.evaluate(await readFile(axe, "utf8"));
  const { violations } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: "tag", values } }),
    RULES,
  );
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.target.join(" ")).join(", ")}`,
  );
}

async function isClean(page, when) {
  assert.deepEqual(await complaints(page), [], `axe, ${when}`);
}

const tests = [];
for (const colorScheme of ["light", "dark"]) {
  tests.push({
    name: `axe is content at rest in the ${colorScheme} theme`,
    context: { colorScheme },
    body: async ({ person, page, server }) => {
      await person.arrive(server.url);
      await isClean(page, "at rest");
    },
  });
}

for (const language of ["en", "es"]) {
  tests.push({
    name: `nothing is wider than the window (${language}); screenshots`,
    language,
    body: async ({ person, page, server }) => {
      await person.arrive(server.url);
      await person.counterGoesOn();
      await shots(page, language, "rest");
      await page.setViewportSize({ width: 1280, height: 860 });
      await person.stopTheOneInCharge();
      await person.sees(person.words.electing);
      await page.keyboard.press("Space");
      await shots(page, language, "election");
    },
  });
}

/** Both themes at every width. */
async function shots(page, language, moment) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width < 700 ? 780 : 900 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${wide} px of page in ${width} px of window`);
      const name = `${moment}-${width}-${colorScheme}-${language}.png`;
      await page.screenshot({ path: join(process.env.ARTEFACTS, name) });
    }
  }
}

tests.push({
  name: "without JavaScript the page says what it is",
  body: async ({ browser, server }) => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    try {
      const page = await context.newPage();
      await page.goto(server.url);
      const text = await page.evaluate(() => document.body.innerText).catch(() => null);
      const said = text ?? (await page.locator("noscript").first().innerHTML());
      assert.match(said, /JavaScript/);
    } finally {
      await context.close();
    }
  },
});

tests.push({
  name: "the page is whole at 200 % zoom",
  // What 200 % leaves of a window of 1280 by 860.
  context: { viewport: { width: 640, height: 430 }, deviceScaleFactor: 2 },
  body: async ({ page, server, browser }) => {
    assert.ok(browser.isConnected());
    const person = new Person(page, "en");
    await page.goto(server.url);
    await person.leader();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 640, `${wide} px of page in 640 px of window`);
  },
});

export { tests };
