// What stands around an exercise: "show me", the way back to a step's beginning, a reload, the
// hand-in, an exam. The exercises themselves are walked in walks.mjs.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { PATIENCE, startServer, until } from "./house.mjs";
import { Learner } from "./learner.mjs";
import { Mouse } from "./three-hands.mjs";
import { Z1, Z2 } from "./walks-zookeeper.mjs";

const ZQ = { id: "ZQ", title: { en: "Questions: ZooKeeper", es: "Preguntas: ZooKeeper" } };

/** A learner at Z1, who has predicted. */
async function atTheEnsemble({ page, server }, language, answer = Z1.right[language]) {
  const learner = new Learner(page, language, Mouse);
  await learner.arrives(server.url, Z1);
  await learner.predicts(answer);
  return learner;
}

/** To the map and back, where everything is as it was. */
async function overTheMap({ page, person, r }) {
  await page.getByRole("link", { name: r.map, exact: true }).first().click();
  await person.sees(r.unbuilt);
  await page.goBack();
  await page.getByRole("heading", { name: Z1.title.en, level: 1 }).waitFor();
}

/** Whoever starts over is told what is lost, and then begins with nothing of it. */
async function startsOver(learner) {
  const { page, person, r } = learner;
  const done = page.getByRole("listitem").filter({ hasText: r.checked });
  const all = await done.count();
  await learner.press(r.over);
  await person.sees(r.overLost);
  await learner.press(r.overNo);
  const focused = () => person.button(r.over).evaluate((it) => it === document.activeElement);
  await until("the focus is where it was", focused);
  assert.equal(await done.count(), all);
  await learner.press(r.over);
  await learner.press(r.overYes);
  await person.button(r.commit).waitFor();
  assert.equal(await done.count(), 0);
  await learner.predicts(Z1.wrong.en);
  await person.button(r.show).first().waitFor();
  assert.equal(await done.count(), 0);
  for (const told of [r.finished, "What happened contradicted it", r.contradicted]) {
    assert.equal(await page.getByText(told).count(), 0);
  }
  learner.passed = 0;
  await learner.press(r.show);
  await learner.passes(/Take away a follower/);
  await page.getByRole("link", { name: r.map, exact: true }).first().click();
  await person.sees(r.before);
}

const tests = [
  {
    name: "show me asked for before the lab is under way (es)",
    language: "es",
    body: async (house) => {
      const learner = await atTheEnsemble(house, "es");
      await learner.press(learner.r.show);
      await learner.passes(/Quita un seguidor/);
      assert.ok(await learner.person.button(learner.r.show).first().isEnabled());
    },
  },
  {
    name: "show me passes a step, and a reload keeps where one was (en)",
    body: async (house) => {
      const learner = await atTheEnsemble(house, "en", Z1.wrong.en);
      const { page, r } = learner;
      const kept = async () => {
        learner.passed -= 1;
        await learner.passes();
      };
      await learner.press(r.show);
      await learner.passes(/Take away a follower/);
      await page.reload();
      await kept();
      await learner.press(r.show);
      await learner.passes(/Take away the leader/);
      await learner.stops(learner.follower);
      await learner.isContradicted(Z1.named.en);
      await learner.passes(/Lose the majority/);
      await page.reload();
      await kept();
      await overTheMap(learner);
      await learner.press(r.show);
      await learner.passes(/Regain it/);
      await learner.press(r.show);
      await learner.passes();
      await learner.person.sees(r.finished);
      await page.getByRole("link", { name: r.next("Z2 Znodes"), exact: true }).waitFor();
      await startsOver(learner);
    },
  },
  {
    name: "another exercise, and another lab, begin clean (en)",
    body: async ({ page, server }) => {
      const learner = new Learner(page, "en", Mouse);
      const { person, r } = learner;
      await learner.arrives(server.url, Z2);
      await learner.predicts(null);
      await learner.readsHints();
      const line = page.getByRole("combobox", { name: r.line });
      if (!(await line.isVisible())) await learner.press(r.console);
      await line.fill("stat /election -w");
      await learner.press(r.table);
      const column = page.locator(".column");
      await column.evaluate((it) => it.scrollTo(0, it.scrollHeight));
      assert.ok((await column.evaluate((it) => it.scrollTop)) > 0, "the column is scrolled");
      await page.goto(`${server.url}/#exercise/A1`);
      await page.getByRole("heading", { name: "The phases of Zab", level: 1 }).waitFor();
      await person.leader();
      assert.equal(await column.evaluate((it) => it.scrollTop), 0);
      await person.button(r.table).waitFor();
      for (const status of await page.locator("[aria-live]").allInnerTexts()) {
        assert.doesNotMatch(status, /znode/i);
      }
      await page.goto(`${server.url}/#exercise/Z2`);
      await page.getByRole("heading", { name: "Znodes", level: 1 }).waitFor();
      await line.waitFor();
      assert.equal(await line.inputValue(), "");
      await person.button(r.table).waitFor();
      await page.goto(`${server.url}/#`);
      await person.leader();
      const consoles = person.button(r.console);
      await consoles.waitFor();
      assert.equal(await consoles.getAttribute("aria-expanded"), "false");
      assert.equal(await page.getByRole("button", { name: "Phases" }).count(), 0);
    },
  },
  {
    name: "the map says where to begin and to go on, and how questions were answered (es)",
    language: "es",
    body: async ({ page, server }) => {
      const learner = new Learner(page, "es", Mouse);
      const { person, r } = learner;
      await page.goto(`${server.url}/#map`);
      const begin = page.getByRole("link", { name: r.begin, exact: true });
      await begin.click();
      await page.getByRole("heading", { name: Z1.title.es, level: 1 }).waitFor();
      await learner.arrives(server.url, ZQ);
      await page.getByRole("button", { name: /^Tablas con filas/ }).click();
      await page.getByRole("button", { name: /^Un árbol de znodes/ }).click();
      await page.getByRole("link", { name: r.map, exact: true }).last().click();
      await person.sees("0 de 1 bien a la primera");
      await page.getByRole("link", { name: r.goOnAt(`ZQ ${ZQ.title.es}`), exact: true }).waitFor();
    },
  },
  {
    name: "a step about a partition leads to where it is made (en)",
    body: async ({ page, server }) => {
      const learner = new Learner(page, "en", Mouse);
      await page.goto(`${server.url}/#exercise/A3`);
      await learner.person.leader();
      await learner.predicts(null);
      await learner.press(learner.r.splits);
      await learner.inspector.getByRole("button", { name: learner.r.split, exact: true }).waitFor();
    },
  },
  {
    name: "a step that can no longer be completed offers its beginning (es)",
    language: "es",
    body: async (house) => {
      const learner = await atTheEnsemble(house, "es");
      await learner.serve(2);
      await learner.stops(await learner.leader());
      await learner.person.sees(learner.r.stuck);
      await learner.press(learner.r.back);
      await learner.person.seesNoMore(learner.r.stuck);
      await learner.serve(2);
      await learner.stops(learner.follower);
      await learner.passes();
    },
  },
  {
    name: "show me that is thwarted says why, and begins again (en)",
    body: async (house) => {
      const learner = await atTheEnsemble(house, "en");
      const { page, r } = learner;
      await learner.runsAt("1");
      await learner.serve(2);
      await learner.stops(learner.follower);
      await learner.passes();
      await learner.restarts(learner.stopped);
      await learner.serve(2);
      await learner.stops(await learner.leader());
      await learner.passes();
      // The lab waits for three seconds without a majority, and there is one again.
      await learner.runsAt("1⁄4");
      await learner.press(r.show);
      const down = learner.person.button(r.down);
      await until("two are stopped", async () => (await down.count()) === 2);
      await learner.restarts(down.first());
      await learner.runsAt("1");
      const thwarted = page.getByRole("alert").filter({ hasText: r.thwarted });
      await thwarted.waitFor({ timeout: 2 * PATIENCE });
      await learner.press(r.show);
      await learner.passes();
    },
  },
  {
    name: "the work is handed in as a file, and taken up by another browser (en)",
    body: async (house) => {
      const learner = await atTheEnsemble(house, "en", null);
      const { page, r } = learner;
      await learner.press(r.hint);
      await learner.press(r.show);
      await learner.passes();
      await learner.arrives(house.server.url, ZQ);
      await page.getByRole("button", { name: /^A tree of znodes/ }).click();
      await page.getByRole("link", { name: r.map, exact: true }).last().click();
      await page.getByRole("textbox", { name: r.handName }).fill("Ana Pérez");
      await learner.person.sees(r.handHolds);
      const saved = page.waitForEvent("download");
      await learner.press(r.handOut);
      const file = await (await saved).path();
      const text = await readFile(file, "utf8");
      const told = [
        /^Name: Ana Pérez$/m,
        /^Date: \d{4}-\d\d-\d\d$/m,
        /^It holds: 2 exercises, 1 prediction, 1 checked step \(1 by “Show me”\), 1 hint read, 1 question tried\.$/m,
        /^## Z1 · The ensemble \(not finished\)$/m,
        /^> I don't know\n\n(They have seen it|It has not been put to the test)/m,
        /^- \[x\] Take away a follower \(checked, by “Show me”; hints read: 1 of 3\)$/m,
        /^1st answer: “A tree of znodes.*” \(right\)$/m,
      ];
      for (const line of told) assert.match(text, line);
      assert.doesNotMatch(text.replaceAll(/^```relevo[^`]*```$/gm, ""), /explanation/);
      await taken(house, file, text, r);
    },
  },
  {
    name: "the map says that its list did not come, and asks again (es)",
    language: "es",
    // The browser itself complains of the lost request.
    mayComplain: true,
    body: async ({ page, server }) => {
      const { person, r } = new Learner(page, "es", Mouse);
      const list = (url) => url.pathname === "/exercises";
      await page.route(list, (route) => route.abort());
      await page.goto(`${server.url}/#map`);
      await person.sees(r.unlisted);
      for (const told of [r.unbuilt, r.handIn]) assert.equal(await page.getByText(told).count(), 0);
      await page.unroute(list);
      await person.button(r.retry).click();
      await person.sees(r.unbuilt);
      await page.getByRole("heading", { name: r.handIn }).waitFor();
    },
  },
  {
    name: "in an exam nobody helps (es)",
    language: "es",
    body: async ({ page }) => {
      const server = await startServer(undefined, ["--exam"]);
      try {
        const learner = await atTheEnsemble({ page, server }, "es");
        const { person, r } = learner;
        await person.sees(r.exam);
        await learner.serve(2);
        for (const help of [r.hint, r.show]) assert.equal(await person.button(help).count(), 0);
        await learner.stops(learner.follower);
        await learner.passes();
        await learner.arrives(server.url, ZQ);
        const own = page.getByRole("textbox", { name: r.own });
        await own.first().fill("Una mayoría decide.");
        await person.sees(r.noModel);
        assert.equal(await person.button(r.model).count(), 0);
      } finally {
        await server.stop();
      }
    },
  },
];

/** Another browser takes the file up, and refuses one that was changed. */
async function taken({ browser, server }, file, text, r) {
  const context = await browser.newContext({ locale: "en" });
  try {
    const page = await context.newPage();
    // The exercise is open below the map, under an address somebody typed.
    await page.goto(`${server.url}/#exercise/z1`);
    await page.getByRole("button", { name: r.commit }).waitFor();
    await page.goto(`${server.url}/#map`);
    const field = page.getByLabel(r.handTake);
    await field.setInputFiles({ ...markdown, buffer: Buffer.from(text.replace(/"Z1"/, "Z1")) });
    await page.getByText(r.handBroken).waitFor();
    await field.setInputFiles(file);
    await page.getByText(r.handTaken).waitFor();
    await page.getByText(/^1 of \d steps$/).waitFor();
    await page.getByRole("link", { name: "Z1 The ensemble", exact: true }).click();
    const done = page.getByRole("listitem").filter({ hasText: r.checked });
    await until("the step is checked there, too", async () => (await done.count()) === 1);
  } finally {
    await context.close();
  }
}

const markdown = { name: "relevo.md", mimeType: "text/markdown" };

export { tests };
