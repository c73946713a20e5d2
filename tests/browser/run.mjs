// Runs every test against one server and one browser, each in a fresh profile and a few at once,
// and ends with the plain line `N passed, N failed, N skipped`. Arguments choose tests by what
// their names contain.
import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { PATIENCE, Person, startBrowser, startServer } from "./house.mjs";
import { tests as access } from "./access.mjs";
import { tests as exercise } from "./exercise.mjs";
import { tests as course } from "./first-minute.mjs";
import { tests as time } from "./time.mjs";
import { tests as faults } from "./faults.mjs";
import { tests as hands } from "./hands.mjs";
import { tests as many } from "./many.mjs";
import { tests as own } from "./own-code.mjs";
import { tests as panels } from "./panels.mjs";
import { tests as parts } from "./parts.mjs";
import { tests as tree } from "./tree.mjs";
import { tests as walks } from "./walks.mjs";

const artefacts = process.env.ARTEFACTS;
const only = process.argv.slice(2);
// Those that take longest begin first.
const longest = [...walks, ...exercise, ...access, ...panels, ...course, ...time, ...faults];
const all = [...longest, ...own, ...hands, ...tree, ...parts, ...many];
/** Most of a test is waiting for the lab; more at once than this would wait for the machine. */
const AT_ONCE = availableParallelism() + 2;
const asked = all.filter(({ name }) => !only.length || only.some((part) => name.includes(part)));
const chosen = asked.filter(({ needs }) => !needs || process.env[needs]);
const skipped = asked.filter((test) => !chosen.includes(test));
for (const { name, needs } of skipped) console.log(`skipped ${name}: ${needs} is not set`);

await mkdir(artefacts, { recursive: true });
const server = await startServer();
const browser = await startBrowser();
let failed = 0;
const waiting = [...chosen];
const worker = async () => {
  for (let test; (test = waiting.shift()); ) await judge(test);
};
await Promise.all(Array.from({ length: AT_ONCE }, worker));
await browser.close();
await server.stop();
console.log(`${chosen.length - failed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exit(failed ? 1 : 0);

/** Runs one test and tells how it went. */
async function judge(test) {
  const begun = Date.now();
  const error = await run(test);
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  console.log(`${error ? "FAILED" : "ok    "} ${test.name} (${seconds} s)`);
  if (error) {
    failed += 1;
    console.log(`       ${error.message.split("\n").slice(0, 12).join("\n       ")}`);
  }
}

/** Runs one test; its error, if any. */
async function run(test) {
  const language = test.language ?? "en";
  const context = await browser.newContext({
    locale: language,
    viewport: { width: 1280, height: 860 },
    ...test.context,
  });
  context.setDefaultTimeout(PATIENCE);
  await context.addInitScript(slowScreen);
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  try {
    await test.body({ page, context, browser, server, person: new Person(page, language) });
    if (complaints.length && !test.mayComplain) {
      throw new Error(`the page complained: ${complaints.join("; ")}`);
    }
    return null;
  } catch (error) {
    const name = `failed-${test.name.replace(/\W+/g, "-")}.png`;
    await page.screenshot({ path: join(artefacts, name) }).catch(() => {});
    if (complaints.length) error.message += `\nthe page said: ${complaints.slice(0, 5).join("; ")}`;
    return error;
  } finally {
    await context.close();
  }
}

/** A screen of twelve pictures a second. A page draws as many as it is asked for, and on two cores
 * would take the time for them from the tests beside it; how fast it draws, the bench measures. */
function slowScreen() {
  const [paint, PERIOD_MS] = [window.requestAnimationFrame.bind(window), 1000 / 12];
  window.requestAnimationFrame = (draw) => {
    return setTimeout(() => paint(draw), PERIOD_MS - (performance.now() % PERIOD_MS));
  };
  window.cancelAnimationFrame = clearTimeout;
}
