// What a person does in the exercises on Zab.
import assert from "node:assert/strict";

/** What an exercise on Zab says beside what all say. */
const words = {
  en: { proposal: /^propose/, onTwo: /Its last is on [23] of 3 disks/ },
  es: { proposal: /^propone/, onTwo: /Lo último suyo está en [23] de 3 discos/ },
};

export const A1 = {
  id: "A1",
  title: { en: "The phases of Zab", es: "Las fases de Zab" },
  wrong: { en: /^Nothing: once it has the votes/, es: /^Nada: desde que gana los votos/ },
  right: { en: /^It learns the others' epochs/, es: /^Averigua las épocas/ },
  named: { en: /^You took the election for an appointment/, es: /^Tomaste la elección por/ },
  async walk(learner) {
    await learner.stops(await learner.leader());
    await learner.passes();
    await learner.meets();
    await learner.serve(1);
    await learner.restarts(learner.stopped);
    await learner.passes();
    await learner.serve(2);
    await learner.stops(learner.follower);
    await learner.asks("ana", "create /one");
    await learner.asks("ana", "create /two");
    await learner.restarts(learner.stopped);
    await learner.passes();
    await learner.serve(2);
    await learner.leaves("ana", await learner.person.leader(), () => learner.serverOf("ana"));
    await learner.asks("ana", "create /three");
    await learner.passes();
  },
};

export const A2 = {
  id: "A2",
  title: { en: "Crash and recovery", es: "Fallo y recuperación" },
  wrong: { en: /^It is recovered: it was on disk/, es: /^Se recupera: estaba en disco/ },
  right: { en: /^It is thrown away/, es: /^Se descarta/ },
  named: { en: /^You took durable for committed/, es: /^Confundiste durable con/ },
  async walk(learner) {
    const w = words[learner.language];
    // After the majority.
    await learner.pauses();
    const onTwo = learner.page.getByText(w.onTwo);
    await learner.stepsUntil("two disks have it", () => onTwo.isVisible());
    await learner.stops(await learner.leader());
    await learner.goesOn();
    await learner.passes();
    // Before it.
    await learner.restarts(learner.stopped);
    await learner.serve(2);
    await learner.pauses();
    const proposals = learner.person.button(w.proposal);
    const both = async () => (await proposals.count()) === 2;
    await learner.stepsUntil("both proposals are on their way", both);
    for (let held = 0; held < 2; held += 1) {
      await learner.selects(learner.person.button(w.proposal).nth(held));
      await learner.does(learner.r.hold);
      await learner.inspector.getByText(learner.r.heldByYou).waitFor();
      await learner.letsGo();
    }
    const old = await learner.person.leader();
    await learner.stops(learner.server(old));
    await learner.goesOn();
    await learner.serve(1);
    await learner.counts(3);
    await learner.pauses();
    await learner.restarts(learner.server(old));
    await learner.goesOn();
    await learner.passes();
    await learner.meets();
    // Back soon, and back late: the leader remembers thirty, and the counter writes ten a second.
    await learner.serve(2);
    await learner.runsAt("1⁄4");
    await learner.stops(learner.follower);
    await learner.counts(7);
    await learner.pauses();
    await learner.restarts(learner.stopped);
    await learner.goesOn();
    await learner.passes();
    await learner.runsAt("1");
    await learner.serve(2);
    await learner.stops(learner.follower);
    await learner.counts(50);
    await learner.restarts(learner.stopped);
    await learner.passes();
  },
};

export const A3 = {
  id: "A3",
  title: { en: "Partitions", es: "Particiones" },
  wrong: { en: /^It is committed: it is the leader/, es: /^Queda comprometida: él es el líder/ },
  right: { en: /^It will never be committed/, es: /^No se comprometerá nunca/ },
  named: { en: /^You thought that the leader decides/, es: /^Pensaste que el líder decide/ },
  async walk(learner) {
    await learner.serve(4);
    const at = await learner.serverOf("ana");
    await learner.pauses();
    const old = await learner.person.leader();
    const other = at === old ? ["zookeeper-1", "zookeeper-2"].find((name) => name !== old) : at;
    await learner.selects(learner.server(old));
    await learner.does(learner.r.more);
    for (const name of [old, other, "ana"]) {
      const group = learner.inspector.getByRole("combobox", { name: learner.r.group(name) });
      await learner.hand.choose(group, "B");
    }
    await learner.does(learner.r.split);
    await learner.letsGo();
    await learner.asks("ana", "create /orphan", { waits: false });
    await learner.goesOn();
    await learner.passes();
    await learner.meets();
    await learner.serve(2);
    const leader = await learner.person.leader();
    assert.notEqual(leader, old);
    await learner.stops(learner.server(leader));
    await learner.passes();
    await learner.restarts(learner.stopped);
    await learner.passes();
    await learner.press(learner.r.heal);
    await learner.passes();
  },
};
