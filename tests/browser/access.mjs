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

export async function isClean(page, when) {
  assert.deepEqual(await complaints(page), [], `axe, ${when}`);
}

/** What a learner sees in an exercise once they have predicted wrongly and were contradicted. */
async function inAnExercise({ person, page, server }) {
  await page.goto(`${server.url}/#map`);
  await page.getByRole("link", { name: /^Z1 The ensemble$/ }).waitFor();
  await isClean(page, "on the map");
  await page.getByRole("link", { name: /^Z1 The ensemble$/ }).click();
  await page.getByRole("heading", { name: "The ensemble", level: 1 }).waitFor();
  await person.leader();
  await isClean(page, "at the prediction");
  await page.getByRole("radio").first().check();
  await person.button("This is what I think").click();
  await person.button("Give me a hint").click();
  await isClean(page, "in a step");
}

/** The moments of the first minute, each with what is open then. */
async function moments({ person, page, server }) {
  const w = person.words;
  await person.arrive(server.url);
  await isClean(page, "at rest");
  await person.stopTheOneInCharge();
  await person.sees(w.electing);
  await page.keyboard.press("Space");
  await person.button(w.play).first().waitFor();
  await isClean(page, "in the middle of an election");
  await person.button(w.server("zookeeper-2")).first().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: w.inspector }).waitFor();
  await isClean(page, "with the inspector open");
  await person.button(w.back).first().click();
  await person.sees(w.past);
  await isClean(page, "in the past");
  await person.button(w.table).click();
  await isClean(page, "as a table");
}

const tests = [];
for (const colorScheme of ["light", "dark"]) {
  tests.push({
    name: `axe is content all through the first minute in the ${colorScheme} theme`,
    context: { colorScheme },
    body: moments,
  });
  tests.push({
    name: `axe is content on the map and in an exercise in the ${colorScheme} theme`,
    context: { colorScheme },
    body: inAnExercise,
  });
}

for (const language of ["en", "es"]) {
  tests.push({
    name: `nothing is wider than the window (${language}); screenshots`,
    language,
    body: async ({ person, page, server }) => {
      await person.arrive(server.url);
      await person.counterGoesOn();
      const heard = person.button(person.words.log);
      assert.equal(await heard.count(), 3, "every server's log is heard");
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
export async function shots(page, language, moment) {
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
  body: async ({ page, server }) => {
    const person = new Person(page, "en");
    await page.goto(server.url);
    await person.leader();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 640, `${wide} px of page in 640 px of window`);
  },
});

export { tests };
