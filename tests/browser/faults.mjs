// Faults by hand, and the page's own: a server that goes away.
import assert from "node:assert/strict";
import { startServer, until } from "./house.mjs";

/** What is drawn is selected by pointing at its name; a link has none, so it gets the focus. */
async function selectLink(person) {
  const link = person.button(person.words.link).first();
  await link.waitFor();
  await link.focus();
  await person.page.keyboard.press("Enter");
  return link;
}

/** Selects a server by its name; what the inspector then offers. */
async function selectServer(person, name) {
  await person.page.getByText(name, { exact: true }).first().click();
  const inspector = person.page.getByRole("complementary", { name: person.words.inspector });
  return (act) => inspector.getByRole("button", { name: act, exact: true }).click();
}

/** Waits for a server that is in a state, as its name tells. */
function showsAs(person, name, state) {
  return person.button(new RegExp(`^${name}, ${state}`)).first().waitFor();
}

/** A server that does not lead. */
async function follower(person) {
  const leader = await person.leader();
  return ["zookeeper-1", "zookeeper-2", "zookeeper-3"].find((name) => name !== leader);
}

const tests = [
  {
    name: "a link is cut and mended",
    body: async ({ person, server }) => {
      await person.arrive(server.url);
      const link = await selectLink(person);
      const name = (await link.getAttribute("aria-label")).split(",")[0];
      await person.button(person.words.cut).first().click();
      const cut = person.button(new RegExp(`^${name}${person.words.isCut.source}`));
      await cut.first().waitFor();
      await person.button(person.words.heal).first().click();
      await cut.first().waitFor({ state: "hidden" });
      await person.counterGoesOn();
    },
  },
  {
    name: "a follower is stopped and restarted by pointing at it (es)",
    language: "es",
    body: async ({ person, page, server }) => {
      await person.arrive(server.url);
      const leader = await person.leader();
      const follower = ["zookeeper-1", "zookeeper-2", "zookeeper-3"].find((n) => n !== leader);
      await page.getByText(follower, { exact: true }).first().click();
      await person.button("Detener").first().click();
      await person.button(person.words.stopped(follower)).first().waitFor();
      await person.counterGoesOn();
      await person.button("Poner en marcha").first().click();
      await person.button(new RegExp(`^${follower}, sigue`)).first().waitFor();
    },
  },
  {
    name: "a follower loses its power and comes back",
    body: async ({ person, server: { url } }) => {
      await person.arrive(url);
      const name = await follower(person);
      const does = await selectServer(person, name);
      await does("More");
      await does("Cut its power");
      await showsAs(person, name, "no power");
      await person.counterGoesOn();
      await does("Restart");
      await showsAs(person, name, "follows");
    },
  },
  {
    name: "a server is paused and goes on",
    body: async ({ person, server: { url } }) => {
      await person.arrive(url);
      const name = await follower(person);
      const does = await selectServer(person, name);
      await does("More");
      await does("Pause");
      await showsAs(person, name, "paused");
      await does("Resume");
      await showsAs(person, name, "follows");
    },
  },
  {
    name: "the narration tells more, and less again",
    body: async ({ person, server: { url } }) => {
      await person.arrive(url);
      for (const level of ["consequences", "messages", "everything"]) {
        await person.button(`Narration: ${level}`).click();
      }
      await person.button("Narration: consequences").waitFor();
    },
  },
  {
    name: "a program of one's own is told where to connect",
    body: async ({ person, page, server: { url, zookeeper } }) => {
      await person.arrive(url);
      await person.button("Connect a program of yours").click();
      const dialog = page.getByRole("dialog", { name: "Connect a program of yours" });
      await dialog.getByText(zookeeper.join(","), { exact: true }).waitFor();
      await dialog.getByRole("button", { name: "Open ports for this lab" }).click();
      await dialog.getByText("This lab listens at:").waitFor();
      assert.equal(await dialog.getByText(zookeeper[0]).count(), 0);
      await dialog.getByRole("button", { name: "Close" }).click();
      await dialog.waitFor({ state: "hidden" });
    },
  },
  {
    name: "why? of an event walks to where it began",
    body: async ({ person, page, server }) => {
      await person.arrive(server.url);
      await person.counterGoesOn();
      await person.pauses();
      await person.button(person.words.back).first().click();
      const inspector = page.getByRole("complementary", { name: person.words.inspector });
      await inspector.getByText(person.words.why, { exact: true }).waitFor();
      const root = inspector.getByText(person.words.root);
      for (let steps = 0; steps < 50 && !(await root.isVisible()); steps += 1) {
        const shown = await inspector.innerText();
        await inspector.getByRole("listitem").last().getByRole("button").click();
        await until("the cause is shown", async () => {
          return (await inspector.innerText()) !== shown;
        });
      }
      await root.waitFor();
    },
  },
  {
    name: "a server that goes away is said and found again",
    mayComplain: true,
    body: async ({ person, page }) => {
      const first = await startServer();
      try {
        await person.arrive(first.url);
        await first.kill();
        await person.sees(person.words.lost);
        const again = await startServer(new URL(first.url).host);
        try {
          await person.seesNoMore(person.words.lost);
          await person.leader();
          await person.counterGoesOn();
          assert.equal(await page.getByText(person.words.lost).count(), 0);
        } finally {
          await again.stop();
        }
      } finally {
        await first.stop();
      }
    },
  },
  {
    name: "two visitors have labs of their own",
    body: async ({ person, server, browser }) => {
      await person.arrive(server.url);
      const context = await browser.newContext({ locale: "en" });
      try {
        const other = new person.constructor(await context.newPage(), "en");
        await other.arrive(server.url);
        const stopped = await other.stopTheOneInCharge();
        await other.button(other.words.stopped(stopped)).first().waitFor();
        await person.counterGoesOn();
        await until("the first visitor keeps a leader", () => person.leader());
        assert.equal(await person.button(person.words.stopped(stopped)).count(), 0);
      } finally {
        await context.close();
      }
    },
  },
];

export { tests };
