// Measures the page in a real browser: bytes, first picture, frames with many messages in
// flight, and memory early and late.
//
// `--runs N` repeats the load, `--minutes A,B` says when memory is read, `--only WHAT` measures
// one of load, flights, crowd, memory; `--json` prints one object a line.
import { median, perSecond } from "./figures.mjs";
import { Person, startBrowser, startServer, until } from "./house.mjs";
import { Lab } from "./lab.mjs";
import { Learner } from "./learner.mjs";
import { Mouse } from "./three-hands.mjs";
import { Z1 } from "./walks-zookeeper.mjs";

const flag = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const json = process.argv.includes("--json");
const [early, late] = flag("--minutes", "2,10").split(",").map(Number);
const runs = Number(flag("--runs", "5"));
const only = flag("--only", "");
/** So many messages are to be seen in flight while frames are counted. */
const AIM = 300;
const MEASURE_MS = 10_000;

const measures = { load: loads, flights, crowd, memory };
const server = await startServer();
const browser = await startBrowser();
try {
  for (const [name, measure] of Object.entries(measures)) {
    if (!only || only === name) await measure((figures) => print({ measure: name, ...figures }));
  }
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
    await page.addInitScript(watch);
    return await body(page, session);
  } finally {
    await context.close();
  }
}

/** Runs in the page before it: notes when the ensemble is first drawn, and wasm's memory. */
function watch() {
  const bench = (window.bench = {});
  // "propose 7 +4" stands for five.
  const more = (flight) => Number(/ \+(\d+)/.exec(flight.getAttribute("aria-label"))?.[1] ?? 0);
  bench.messages = (flights) => flights.reduce((sum, flight) => sum + 1 + more(flight), 0);
  const look = () => {
    if (document.querySelector(".figure .server[role=button]")) bench.drawn = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      const made = await original.apply(WebAssembly, given);
      // The parts that come later share the first one's.
      bench.memory ??= (made.instance ?? made).exports.memory;
      return made;
    };
  }
}

/** First visits with an empty cache: what came over the wire, and when something was seen. */
async function loads(tell) {
  for (let run = 1; run <= runs; run += 1) tell({ run, ...(await visit(load)) });
}

async function load(page, session) {
  await session.send("Network.enable");
  const [bytes, encodings] = [{ all: 0 }, {}];
  session.on("Network.responseReceived", ({ requestId, response }) => {
    const of = Object.entries(response.headers).find(([name]) => /^content-encoding$/i.test(name));
    encodings[requestId] = of?.[1] ?? "none";
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    bytes.all += encodedDataLength;
    const encoding = encodings[requestId] ?? "none";
    bytes[encoding] = (bytes[encoding] ?? 0) + encodedDataLength;
  });
  const person = new Person(page, "en");
  await page.goto(server.url, { waitUntil: "load" });
  await person.leader();
  await page.waitForLoadState("networkidle");
  const seen = await page.evaluate(() => ({
    first_paint_ms: performance.getEntriesByName("first-contentful-paint")[0]?.startTime,
    ensemble_drawn_ms: window.bench.drawn,
  }));
  return {
    bytes: bytes.all,
    of_these_brotli: bytes.br ?? 0,
    of_these_uncompressed: bytes.none ?? 0,
    first_paint_ms: Math.round(seen.first_paint_ms),
    ensemble_drawn_ms: Math.round(seen.ensemble_drawn_ms),
  };
}

/** The times of frames over ten seconds, with what was drawn in flight meanwhile. */
function frames(page, span = MEASURE_MS) {
  return page.evaluate(async (measure) => {
    const [begun, stamps, drawn, flows, inFlight] = [performance.now(), [], [], [], []];
    while (performance.now() - begun < measure) {
      stamps.push(await new Promise(requestAnimationFrame));
      if (stamps.length % 30 === 0) {
        const all = [...document.querySelectorAll(".flights .flight")];
        flows.push(all.filter((flight) => flight.textContent.includes("×")).length);
        drawn.push(all.length - flows.at(-1));
        inFlight.push(window.bench.messages(all));
      }
    }
    return { stamps, drawn, flows, inFlight };
  }, span);
}

/** Frames a second at rest, and while as many messages are drawn in flight as is the aim. */
async function flights(tell) {
  await visit(async (page) => {
    const person = new Person(page, "en");
    await person.arrive(server.url);
    await person.counterGoesOn();
    tell({ at: "rest", ...figures(await frames(page)) });
    const lab = await Lab.shown(page, server.url);
    const load = await lab.crowd(6, AIM / 19);
    try {
      await load.steer(AIM, () => inFlight(page));
      tell({ at: `about ${AIM} in flight`, ...figures(await frames(page)) });
    } finally {
      load.stop();
    }
  });
}

/** The same with 200 clients that all ask as fast as they are answered: flows. */
async function crowd(tell) {
  await visit(async (page) => {
    const person = new Person(page, "en");
    await person.arrive(server.url);
    const lab = await Lab.shown(page, server.url);
    const load = await lab.crowd(200, 400);
    try {
      await until("flows are drawn", async () => (await inFlight(page)) === Infinity);
      tell({ at: "200 clients", ...figures(await frames(page)) });
    } finally {
      load.stop();
    }
  });
}

/** How many messages are in flight, drawn each or with the one before it; endless where they are
 * drawn as flows. */
async function inFlight(page) {
  const [messages, flows] = await page.evaluate(() => {
    const all = [...document.querySelectorAll(".flights .flight")];
    const flows = all.filter((flight) => flight.textContent.includes("×"));
    return [window.bench.messages(all), flows.length];
  });
  return flows ? Infinity : messages;
}

function figures({ stamps, drawn, flows, inFlight }) {
  const seen = { drawn: median(drawn), flows: median(flows) };
  return { ...perSecond(stamps), in_flight: median(inFlight), ...seen };
}

/** What the page holds after a collection, with wasm's memory, early and late in its life: in the
 * first minute's lab and in an exercise, side by side. */
async function memory(tell) {
  const places = {
    "first minute": (page) => new Person(page, "en").arrive(server.url),
    "exercise Z1": async (page) => {
      const learner = new Learner(page, "en", Mouse);
      await learner.arrives(server.url, Z1);
      await learner.predicts(undefined);
    },
  };
  await Promise.all(Object.entries(places).map(([at, arrive]) => visit((page, session) => {
    return held((figures) => tell({ at, ...figures }), page, session, arrive);
  })));
}

async function held(tell, page, session, arrive) {
  await arrive(page);
  const begun = Date.now();
  const at = async (minute) => {
    await page.waitForTimeout(Math.max(0, minute * 60_000 - (Date.now() - begun)));
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    const wasm = await page.evaluate(() => window.bench.memory.buffer.byteLength);
    const all = usedSize + wasm;
    tell({ minute, heap: usedSize, wasm, all });
    return all;
  };
  const first = await at(early);
  for (let minute = early + 2; minute < late; minute += 2) await at(minute);
  const last = await at(late);
  tell({ growth_percent: (((last - first) / first) * 100).toFixed(1) });
}
