// What a person does in the exercises on ZooKeeper.
import assert from "node:assert/strict";
import { until } from "./house.mjs";
import { STEP_PATIENCE } from "./learner.mjs";

export const Z1 = {
  id: "Z1",
  title: { en: "The ensemble", es: "El ensemble" },
  wrong: { en: /^It goes on: while one server/, es: /^Seguirá: mientras quede un servidor/ },
  right: { en: /^It waits until there are two/, es: /^Esperará hasta que vuelva a haber dos/ },
  named: { en: /^You thought of backup copies/, es: /^Pensabas en copias de reserva/ },
  async walk(learner) {
    await learner.serve(2);
    await learner.stops(learner.follower);
    await learner.passes();
    await learner.restarts(learner.stopped);
    await learner.serve(2);
    await learner.stops(await learner.leader());
    await learner.passes();
    await learner.stops(learner.follower);
    await learner.meets();
    await learner.passes();
    await learner.restarts(learner.stopped);
    await learner.passes();
    await readsBehind(learner);
    await learner.passes();
    await learner.turnTo(true);
    await learner.answersAll();
    await learner.turnTo(false);
  },
};

/** A follower, through which nobody writes, falls behind; what it answers is old until sync. */
async function readsBehind(learner) {
  await learner.restarts(learner.stopped);
  await learner.serve(2);
  await learner.press(learner.r.console);
  await learner.asks("ana", "get /counter");
  const leader = await learner.person.leader();
  await learner.leaves("ana", leader, () => learner.serverOf("ana"));
  const at = await learner.serverOf("ana");
  const counter = learner.person.button(learner.person.words.counter).first();
  await learner.leaves(learner.r.counter, at, () => learner.serverOfDrawn(counter));
  await learner.slows(at, leader, "500");
  await learner.counts(12);
  await learner.asks("ana", "get /counter");
  await learner.asks("ana", "sync /counter");
  await learner.asks("ana", "get /counter");
}

export const Z2 = {
  id: "Z2",
  title: { en: "Znodes", es: "Znodes" },
  wrong: { en: /^It vanishes at that instant/, es: /^Desaparece en ese instante/ },
  right: { en: /^It stays while her session/, es: /^Sigue mientras su sesión/ },
  named: { en: /^You took the connection for the session/, es: /^Confundiste conexión y sesión/ },
  async walk(learner) {
    await learner.asks("ana", "create /orders shop");
    await learner.asks("ana", "create -s /orders/order-");
    await learner.asks("beto", "create -s /orders/order-");
    await learner.passes();
    await learner.asks("ana", "create /stock 10");
    await learner.asks("ana", "set -v 0 /stock 9");
    await learner.asks("beto", "set -v 0 /stock 9");
    await learner.asks("beto", "get /stock");
    await learner.asks("beto", "set -v 1 /stock 8");
    await learner.passes();
    await learner.asks("ana", "create -e /ana-is-here");
    await learner.cuts("ana", await learner.serverOf("ana"));
    await learner.meets();
    await learner.passes();
    await learner.asks("beto", "create -e /beto-is-here");
    const tree = learner.page.getByRole("region", { name: "Znodes", exact: true });
    await learner.selects(tree.getByRole("button", { name: "beto", exact: true }));
    await learner.doesMore(learner.r.pauseIt);
    await learner.letsGo();
    await learner.passes();
  },
};

export const Z3 = {
  id: "Z3",
  title: { en: "Watches", es: "Watches" },
  wrong: { en: /^Three: one for each change/, es: /^Tres: uno por cada cambio/ },
  right: { en: /^One, for the first change/, es: /^Uno, por el primer cambio/ },
  named: { en: /^You thought of a subscription/, es: /^Pensaste en una suscripción/ },
  async walk(learner) {
    const changes = async (path, ...values) => {
      for (const value of values) await learner.asks("ana", `set ${path} ${value}`);
    };
    await learner.asks("ana", "create /config v0");
    await learner.asks("beto", "get -w /config");
    await changes("/config", "v1", "v2");
    // Who thought otherwise is told as soon as it is committed, and time stands before the answer.
    await learner.asks("ana", "set /config v3", { waits: false });
    await learner.meets();
    await learner.passes();
    for (const value of ["v4", "v5"]) {
      await learner.asks("beto", "get -w /config");
      await changes("/config", value);
    }
    await learner.passes();
    await learner.asks("beto", "addWatch -m PERSISTENT /config");
    await changes("/config", "v6", "v7", "v8");
    await learner.passes();
    await learner.asks("ana", "create /lock");
    for (const client of ["ana", "beto", "carla"]) await learner.asks(client, "stat -w /lock");
    await learner.asks("ana", "delete /lock");
    await learner.passes();
  },
};

const line = {
  en: { leads: /nobody before/, turn: /its turn$/, stopped: /stopped/, two: /^2 believe that they lead/ },
  es: { leads: /nadie delante/, turn: /su turno$/, stopped: /detenido/, two: /^2 creen ser/ },
};

export const Z5 = {
  id: "Z5",
  title: { en: "Leader election", es: "Elección de líder" },
  wrong: { en: /^Never: as its session expires/, es: /^Nunca: al expirar su sesión/ },
  right: { en: /^Yes, until the one that wakes/, es: /^Sí, hasta que el que despierta/ },
  named: { en: /^It stops for ZooKeeper, not for itself/, es: /^Deja de serlo para ZooKeeper/ },
  async walk(learner) {
    const w = line[learner.language];
    const places = learner.page.getByRole("listitem").filter({
      has: learner.page.getByRole("button", { name: /candidate-\d/ }),
    });
    const place = (text) => places.filter({ hasText: text }).getByRole("button").first();
    const standing = (name) => learner.person.button(name).first();
    const waiting = /watches \d{10}|vigila \d{10}/;
    await learner.stops(place(w.leads));
    await learner.passes();
    await learner.restarts(place(w.stopped));
    const waits = places.filter({ hasText: waiting });
    const whole = async () => (await waits.count()) === 2;
    await until("two wait in line", whole);
    const second = await places.nth(1).getByRole("button").innerText();
    await learner.stops(standing(second.replace(/\s+/g, " ")));
    await learner.passes();
    const first = place(w.leads);
    const name = (await first.innerText()).match(/candidate-\d/)[0];
    await learner.selects(first);
    await learner.doesMore(learner.r.pauseIt);
    await learner.meets();
    await learner.person.sees(w.two);
    await learner.selects(standing(new RegExp(name)));
    await learner.does(learner.r.resumeIt);
    await learner.letsGo();
    await learner.passes();
    await until("one waits in line", async () => (await waits.count()) === 1);
    await joins(learner, places, waits);
    await learner.passes();
  },
};

/** Ana stands in line by the console as a program would, behind all others, and then leads. */
async function joins(learner, places, waits) {
  const leads = places.filter({ hasText: line[learner.language].leads });
  await learner.press(learner.r.console);
  await learner.asks("ana", "create -e -s /election/ana- ana");
  const all = (await learner.asks("ana", "ls /election")).match(/[\w-]+-\d{10}/g);
  all.sort((one, other) => one.slice(-10).localeCompare(other.slice(-10)));
  assert.equal(all.length, 3);
  assert.match(all[2], /^ana-/);
  await learner.asks("ana", `get -w /election/${all[1]}`);
  await learner.stops(waits.getByRole("button").first());
  await learner.stops(leads.getByRole("button").first());
  // The znodes of those that were stopped stand in line until their sessions expire.
  const hers = learner.page.getByRole("listitem").filter({
    has: learner.page.getByRole("button", { name: /ana$/ }),
    hasText: line[learner.language].turn,
  });
  await hers.waitFor({ timeout: STEP_PATIENCE });
  const version = (await learner.asks("ana", "get /leader")).match(/versi[oó]n (\d+)/)[1];
  await learner.asks("ana", `set -v ${version} /leader ana`);
}
