// What a learner does with their hands: faults with a measure, a message held, the view, the
// diagram at length, promises, a link to an instant.
import assert from "node:assert/strict";
import { until } from "./house.mjs";

const words = {
  en: {
    more: "More",
    fill: "Fill the disk",
    free: "Make room on the disk",
    full: "full",
    byYou: /room on the disk of zookeeper-\d changed, by you/,
    held: /, held$/,
    heldByYou: "held by you",
    release: "Release",
    zoomIn: "Zoom in",
    fit: "Fit the view",
    figure: "The figure: servers, clients and messages",
    divider: "Height of the diagram",
    palette: "All actions",
    selectFirst: /Select something to see its own/,
    splitIt: "Split the network",
    find: "Find an action",
    filter: "Filter",
    beats: "heartbeats",
    mark: "Bookmark this instant",
    goTo: /^Go to /,
    promises: "Promises",
    oneLeader: "Each epoch has one leader.",
    holds: /^holds/,
    link: "A link to this instant",
    copy: "Copy",
    uncopied: /^The browser did not allow it/,
    same: /The same lab, at the same instant/,
    damaged: /This link is incomplete or damaged/,
    follow: "Follow this request",
    followed: /One request is followed/,
  },
  es: {
    more: "Más",
    clockSet: "Desajustar el reloj",
    ahead: "Adelanto, en segundos",
    skewed: /90 s adelantado/,
    right: "Poner el reloj en hora",
    slow: "Hacer lento el enlace",
    latency: "Latencia, en milisegundos",
    slowed: /450 ms/,
    back: /vuelve\./,
    served: /vuelve a servir/,
  },
};

/** Selects a server; its circle has the focus before it is pressed. */
async function selectServer(person, name) {
  await person.button(person.words.server(name)).first().focus();
  await person.page.keyboard.press("Enter");
  await inspector(person).waitFor();
}

function inspector(person) {
  return person.page.getByRole("complementary", { name: person.words.inspector });
}

/** Pauses time and selects a message in flight by keyboard, stepping until there is one. */
async function selectMessage(person) {
  const { page } = person;
  await person.pauses();
  await until("a message is selected", async () => {
    await page.keyboard.press("j");
    if (await inspector(person).getByText("→").count()) return true;
    await page.keyboard.press("ArrowRight");
    // A message that is selected before the event has come may be the one that it delivers.
    await person.timeStands();
    return false;
  });
}

const tests = [
  {
    name: "a disk is filled behind more, and the table says by whom",
    body: async ({ person, page, server }) => {
      const w = words.en;
      await person.arrive(server.url);
      await selectServer(person, "zookeeper-1");
      await inspector(person).getByRole("button", { name: w.more, exact: true }).click();
      await person.button(w.fill).first().click();
      await inspector(person).getByText(w.full, { exact: true }).waitFor();
      await person.button(person.words.table).click();
      await page.getByRole("table").getByText(w.byYou).first().waitFor();
      await person.button(w.free).first().click();
      await inspector(person).getByText(w.full, { exact: true }).waitFor({ state: "hidden" });
    },
  },
  {
    name: "a clock is skewed and a link slowed by as much as is asked (es)",
    language: "es",
    body: async ({ person, page, server }) => {
      const w = words.es;
      await person.arrive(server.url);
      await selectServer(person, "zookeeper-3");
      await page.keyboard.press("m");
      await page.getByLabel(w.ahead).fill("90");
      await page.getByLabel(w.ahead).press("Tab");
      await person.button(w.clockSet).first().click();
      await inspector(person).getByText(w.skewed).waitFor();
      await person.button(w.right).first().click();
      await inspector(person).getByText(w.skewed).waitFor({ state: "hidden" });
      await person.button(person.words.link).first().focus();
      await page.keyboard.press("Enter");
      await page.keyboard.press("m");
      await page.getByLabel(w.latency).fill("450");
      await page.getByLabel(w.latency).press("Tab");
      await person.button(w.slow).first().click();
      await inspector(person).getByText(w.slowed).waitFor();
    },
  },
  {
    name: "a message in flight is held and released by keyboard",
    body: async ({ person, page, server }) => {
      const w = words.en;
      await person.arrive(server.url);
      await selectMessage(person);
      await page.keyboard.press("y");
      await inspector(person).getByText(w.heldByYou).waitFor();
      await person.button(w.held).first().waitFor();
      await person.button(w.release).first().click();
      await inspector(person).getByText(w.heldByYou).waitFor({ state: "hidden" });
    },
  },
  {
    name: "one request is followed to its answer",
    body: async ({ person, page, server }) => {
      const w = words.en;
      await person.arrive(server.url);
      await person.counterGoesOn();
      await person.pauses();
      const follow = person.button(w.follow).first();
      await until("an event of a request is selected", async () => {
        await page.keyboard.press("ArrowLeft");
        return follow.isVisible();
      });
      await follow.click();
      await person.sees(w.followed);
      await page.keyboard.press("W");
      await person.seesNoMore(w.followed);
    },
  },
  {
    name: "the figure is seen from nearer by key, button and wheel",
    body: async ({ person, page, server }) => {
      const w = words.en;
      await person.arrive(server.url);
      const figure = page.getByRole("group", { name: w.figure });
      const seen = async () => Number((await figure.getAttribute("viewBox")).split(" ")[2]);
      const whole = await seen();
      await page.keyboard.press("i");
      await until("it is nearer", async () => (await seen()) < whole);
      await person.button(w.fit).click();
      await until("all is seen", async () => (await seen()) === whole);
      await person.button(w.zoomIn).click();
      await until("it is nearer", async () => (await seen()) < whole);
      await page.keyboard.press("0");
      await until("all is seen", async () => (await seen()) === whole);
      await figure.hover();
      await page.mouse.wheel(0, -200);
      await until("it is nearer", async () => (await seen()) < whole);
    },
  },
  {
    name: "the diagram's height is changed by key and by dragging, and kept",
    body: async ({ person, page, server }) => {
      const w = words.en;
      await person.arrive(server.url);
      const divider = page.getByRole("separator", { name: w.divider });
      const height = async () => Number(await divider.getAttribute("aria-valuenow"));
      const before = await height();
      await divider.focus();
      await page.keyboard.press("ArrowDown");
      await until("it is lower", async () => (await height()) < before);
      const box = await divider.boundingBox();
      await page.mouse.move(box.x + 100, box.y + box.height / 2);
      await page.mouse.down();
      await page.mouse.move(box.x + 100, box.y - 60, { steps: 4 });
      await page.mouse.up();
      await until("it is higher", async () => (await height()) > before);
      const chosen = await height();
      await page.reload();
      await person.leader();
      await until("it is kept", async () => Math.abs((await height()) - chosen) < 2);
    },
  },
  {
    name: "the palette finds an action and does it",
    body: async ({ person, page, server }) => {
      const w = words.en;
      await person.arrive(server.url);
      await page.keyboard.press("/");
      const find = page.getByRole("combobox", { name: w.find });
      // The key comes before the page has drawn what was typed.
      await find.evaluate((field) => {
        field.value = "promises";
        field.dispatchEvent(new InputEvent("input", { bubbles: true }));
        field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
      });
      await find.waitFor({ state: "hidden" });
      const dialog = page.getByRole("dialog", { name: w.promises });
      await dialog.getByText(w.oneLeader).waitFor();
      await dialog.getByText(w.holds).first().waitFor();
      assert.equal(await dialog.getByRole("listitem").count(), 11);
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "hidden" });
      // What lies deep among a server's faults is found by its name in the field, too.
      await page.keyboard.press("/");
      await find.fill("no such thing");
      await page.getByText(w.selectFirst).waitFor();
      await find.fill("partition");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: w.splitIt, exact: true }).waitFor();
    },
  },
  {
    name: "the diagram leaves out what is not asked for, and an instant is marked",
    body: async ({ person, page, server }) => {
      const w = words.en;
      await person.arrive(server.url);
      await person.counterGoesOn();
      await person.button(w.filter).click();
      await page.getByRole("checkbox", { name: w.beats }).uncheck();
      await page.getByRole("checkbox", { name: "zookeeper-3" }).uncheck();
      const diagram = page.getByRole("img", { name: "Space-time diagram" });
      await until("the lane is gone", async () => {
        return !(await diagram.textContent()).includes("zookeeper-3");
      });
      await person.button(w.mark).click();
      await person.counterGoesOn();
      await person.button(w.goTo).first().click();
      await person.sees(person.words.past);
    },
  },
  {
    name: "a link opens the same lab at the same instant",
    body: async ({ person, page, server }) => {
      const w = words.en;
      await person.arrive(server.url);
      await person.counterGoesOn();
      const stopped = await person.stopTheOneInCharge();
      await person.button(person.words.stopped(stopped)).first().waitFor();
      await person.pauses();
      const numbers = await person.numbers();
      await page.keyboard.press("l");
      const dialog = page.getByRole("dialog", { name: w.link });
      const address = await dialog.getByText("#link/").innerText();
      // As over plain HTTP from another machine.
      const nothing = { value: undefined };
      await page.evaluate((it) => Object.defineProperty(navigator, "clipboard", it), nothing);
      await dialog.getByRole("button", { name: w.copy }).click();
      await dialog.getByText(w.uncopied).waitFor();
      await page.goto("about:blank");
      await page.goto(address);
      await person.sees(w.same);
      await person.button(person.words.stopped(stopped)).first().waitFor();
      assert.deepEqual(await person.numbers(), numbers);
      await page.goto("about:blank");
      await page.goto(`${address.slice(0, -40)}!`);
      await person.sees(w.damaged);
    },
  },
  {
    name: "figure and trace can be taken along",
    body: async ({ person, page, server }) => {
      await person.arrive(server.url);
      await person.counterGoesOn();
      for (const [key, ending] of [["S", ".svg"], ["P", ".png"], ["X", ".jsonl"]]) {
        const saved = page.waitForEvent("download");
        await page.keyboard.press(key);
        assert.ok((await saved).suggestedFilename().endsWith(ending));
      }
    },
  },
  {
    name: "a server started again tells how it comes back (es)",
    language: "es",
    body: async ({ person, page, server }) => {
      const w = words.es;
      await person.arrive(server.url);
      const leader = await person.leader();
      const other = ["zookeeper-1", "zookeeper-2"].find((name) => name !== leader);
      await selectServer(person, other);
      await page.keyboard.press("x");
      await person.button(person.words.stopped(other)).first().waitFor();
      await page.keyboard.press("r");
      await person.sees(w.back);
      await person.sees(w.served);
    },
  },
  {
    name: "the answer given survives a reload",
    body: async ({ person, page, server }) => {
      await person.arrive(server.url);
      await page.getByText(person.words.answers.unknown, { exact: true }).click();
      await page.reload();
      await until("the answer is still there", async () => {
        return person.choice(person.words.answers.unknown).isChecked();
      });
    },
  },
];

export { tests };
