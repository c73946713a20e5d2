// What the first minute does not need: it comes after the first picture, shows itself where it is
// waited for, and where the connection does not bring it, it can be asked for again.
import assert from "node:assert/strict";
import { join } from "node:path";
import { until } from "./house.mjs";

/** The parts' files, as the browser names them. */
const LESSONS = /\/split_lessons-\w+\.wasm$/;
const TOOLS = /\/split_tools-\w+\.wasm$/;

/** Runs in the page before it: notes when the ensemble is first there. */
function watch() {
  const look = () => {
    if (document.querySelector(".figure .server[role=button]")) {
      window.drawn ??= performance.now();
    }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
}

/** When the page first asked for a part; undefined before. */
const asked = (page, part) =>
  page.evaluate((pattern) => {
    const entries = performance.getEntriesByType("resource");
    return entries.find((entry) => new RegExp(pattern).test(entry.name))?.startTime;
  }, part.source);

const shot = (page, name) =>
  page.screenshot({ path: join(process.env.ARTEFACTS, `${name}.png`) });

/** The map is asked for while its part does not come, and once more when it does. */
const lost = (language) => ({
  name: `the course is asked for again when it did not come (${language})`,
  language,
  // The browser itself complains of the lost request.
  mayComplain: true,
  body: async ({ person, page, server }) => {
    const w = person.words;
    await page.route(LESSONS, (route) => route.abort());
    await person.arrive(server.url);
    await page.getByRole("link", { name: w.map }).click();
    await page.getByRole("alert").filter({ hasText: w.partLost }).waitFor();
    await shot(page, `part-lost-${language}`);
    await page.unroute(LESSONS);
    await person.tabTo(w.tryAgain);
    await page.keyboard.press("Enter");
    const heading = page.getByRole("heading", { name: w.map, level: 1 });
    await heading.waitFor();
    await until("the focus goes on with what came", () =>
      heading.evaluate((it) => document.activeElement === it),
    );
  },
});

export const tests = [
  {
    name: "what the first minute does not need comes after the first picture",
    body: async ({ person, page, server }) => {
      await page.addInitScript(watch);
      await person.arrive(server.url);
      const drawn = await page.evaluate(() => window.drawn);
      const tools = await until("the tools are sent for", () => asked(page, TOOLS));
      assert.ok(tools > drawn, `asked for at ${tools} ms, the ensemble was there at ${drawn} ms`);
      assert.equal(await asked(page, LESSONS), undefined, "nobody has opened the course");
      await page.getByRole("link", { name: person.words.map }).click();
      await page.getByRole("heading", { name: person.words.map, level: 1 }).waitFor();
      assert.ok((await asked(page, LESSONS)) > drawn);
    },
  },
  {
    name: "a key pressed before the tools are there is done when they are",
    body: async ({ person, page, server }) => {
      let held;
      const comes = new Promise((resolve) => (held = resolve));
      await page.route(TOOLS, async (route) => {
        await comes;
        await route.continue();
      });
      await person.arrive(server.url);
      await page.keyboard.press("?");
      await page.getByRole("status").filter({ hasText: "On its way" }).waitFor();
      await shot(page, "part-coming");
      held();
      await page.getByRole("dialog").waitFor();
    },
  },
  lost("en"),
  lost("es"),
];
