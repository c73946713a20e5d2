// Measures the page in a real browser: bytes, first picture, frames with many messages in
// flight, and memory early and late. `--minutes A,B` shortens the last; `--json` prints one object
// a line, `--runs N` repeats the load.
import { median, perSecond } from "./figures.mjs";
import { Person, startBrowser, startServer } from "./house.mjs";
import { Lab } from "./lab.mjs";

const flag = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const json = process.argv.includes("--json");
const [early, late] = flag("--minutes", "2,10").split(",").map(Number);
const runs = Number(flag("--runs", "5"));
const AIM = 300;

const server = await startServer();
const browser = await startBrowser();
try {
  for (let run = 1; run <= runs; run += 1) print({ measure: "load", run, ...(await load()) });
  print({ measure: "flights", ...(await flights()) });
  print({ measure: "memory", ...(await memory()) });
} finally {
  await browser.close();
  await server.stop();
}

function print(figures) {
  if (json) return console.log(JSON.stringify(figures));
  const { measure, ...rest } = figures;
  const told = Object.entries(rest).map(([name, value]) => `${name} ${value}`);
  console.log(`${measure.padEnd(8)} ${told.join(", ")}`);
}

async function visit(body) {
  const context = await browser.newContext({ locale: "en", viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  try {
    return await body(page, session);
  } finally {
    await context.close();
  }
}

/** A first visit with an empty cache: what came over the wire and when something could be seen. */
function load() {
  return visit(async (page, session) => {
    await session.send("Network.enable");
    const bytes = { all: 0 };
    session.on("Network.loadingFinished", (event) => (bytes.all += event.encodedDataLength));
    const begun = performance.now();
    const person = new Person(page, "en");
    await page.goto(server.url, { waitUntil: "commit" });
    await person.leader();
    const alive = performance.now() - begun;
    await page.waitForLoadState("load");
    const paint = await page.evaluate(
      () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    );
    return {
      bytes: bytes.all,
      first_picture_ms: Math.round(paint),
      leader_drawn_ms: Math.round(alive),
    };
  });
}

/** Frames a second while as many messages are in flight as the links will hold. */
function flights() {
  return visit(async (page) => {
    const person = new Person(page, "en");
    await person.arrive(server.url);
    const lab = await Lab.shown(page, server.url);
    const load = await lab.crowd(AIM);
    try {
      const frames = await page.evaluate(async () => {
        const begun = performance.now();
        const stamps = [];
        while (performance.now() - begun < 10_000) {
          stamps.push(await new Promise(requestAnimationFrame));
        }
        return stamps;
      });
      return { ...perSecond(frames), in_flight: median(await lab.inFlight(5)) };
    } finally {
      await load.stop();
    }
  });
}

/** What the page holds after a collection, with wasm's memory, at two minutes of its life. */
function memory() {
  return visit(async (page, session) => {
    const person = new Person(page, "en");
    await person.arrive(server.url);
    const begun = Date.now();
    const at = async (minute) => {
      await page.waitForTimeout(Math.max(0, minute * 60_000 - (Date.now() - begun)));
      await session.send("HeapProfiler.collectGarbage");
      const { usedSize, backingStorageSize = 0 } = await session.send("Runtime.getHeapUsage");
      return usedSize + backingStorageSize;
    };
    const first = await at(early);
    const last = await at(late);
    return {
      [`minute_${early}_bytes`]: first,
      [`minute_${late}_bytes`]: last,
      growth_percent: (((last - first) / first) * 100).toFixed(1),
    };
  });
}
