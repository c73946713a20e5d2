// Looking back, and another future.
import assert from "node:assert/strict";
import { PATIENCE, until } from "./house.mjs";

/** Comes, stops the leader and waits until the counter goes on; who was stopped. */
async function afterAnElection({ person, server }) {
  await person.arrive(server.url);
  await person.counterGoesOn();
  const stopped = await person.stopTheOneInCharge();
  await person.sees(person.words.resumed);
  return stopped;
}

/** Looks at the instant before the stop. */
async function lookBack(house) {
  const { person } = house;
  const stopped = await afterAnElection(house);
  await person.button(person.words.before).first().click();
  await person.sees(person.words.past);
  return stopped;
}

const tests = [
  {
    name: "looking back before the crash shows the old leader, and now returns",
    body: async (house) => {
      const { person } = house;
      const stopped = await lookBack(house);
      await person.button(person.words.leads(stopped)).first().waitFor();
      await person.button(person.words.now).first().click();
      await person.seesNoMore(person.words.past);
      await person.button(person.words.stopped(stopped)).first().waitFor();
      await person.counterGoesOn();
    },
  },
  {
    name: "looking back by keyboard, one event at a time (es)",
    language: "es",
    body: async (house) => {
      const { person, page } = house;
      await afterAnElection(house);
      const slider = page.getByRole("slider", { name: person.words.instant });
      await slider.focus();
      const before = await slider.getAttribute("aria-valuetext");
      await page.keyboard.press("ArrowLeft");
      await person.sees(person.words.past);
      await page.keyboard.press("ArrowLeft");
      await until("the instant shown changes", async () => {
        return (await slider.getAttribute("aria-valuetext")) !== before;
      });
      await person.button(person.words.now).first().click();
      await person.seesNoMore(person.words.past);
    },
  },
  {
    name: "a fork from before the crash is another future",
    body: async (house) => {
      const { person } = house;
      const stopped = await lookBack(house);
      await person.button(person.words.fork).first().click();
      await person.sees(person.words.forked);
      assert.equal(await person.leader(), stopped);
      await person.counterGoesOn();
    },
  },
  {
    name: "a reload finds the same lab",
    body: async (house) => {
      const { person, page } = house;
      const stopped = await afterAnElection(house);
      await page.reload();
      await person.button(person.words.stopped(stopped)).first().waitFor();
    },
  },
  {
    name: "time can be stopped, advanced by an event, and let go on",
    body: async ({ person, page, server }) => {
      await person.arrive(server.url);
      await person.pauses();
      const slider = page.getByRole("slider", { name: person.words.instant });
      const instant = () => slider.getAttribute("aria-valuetext");
      const before = { numbers: await person.numbers(), instant: await instant() };
      await until("an event moves time", async () => {
        await page.keyboard.press("ArrowRight");
        return (await instant()) !== before.instant;
      });
      const counted = Math.max(0, ...(await person.numbers()));
      assert.ok(counted <= Math.max(0, ...before.numbers) + 1, "time stands but for the event");
      await person.button(person.words.play).first().click();
      await person.counterGoesOn();
    },
  },
  {
    name: "at the first instant of all the counter is there, without numbers",
    body: async ({ person, page, server }) => {
      await person.arrive(server.url);
      await person.counterGoesOn();
      await page.getByRole("slider", { name: person.words.instant }).press("Home");
      await person.sees(person.words.past);
      await until("no number yet", async () => (await person.numbers()).length === 0);
    },
  },
  {
    name: "what the page has forgotten is asked for again when it is looked at",
    body: async ({ person, page, server }) => {
      await person.arrive(server.url);
      await page.getByRole("combobox", { name: person.words.speed }).selectOption({ index: 0 });
      // By then several times as much has happened as the page keeps.
      const far = async () => Math.max(0, ...(await person.numbers())) > 200;
      await until("the counter is at 200", far, 3 * PATIENCE);
      const slider = page.getByRole("slider", { name: person.words.instant });
      await slider.press("Home");
      await person.sees(person.words.past);
      await until("the first instant is shown", async () => (await person.numbers()).length === 0);
      await person.button(person.words.now).first().click();
      await person.seesNoMore(person.words.past);
      await person.counterGoesOn();
    },
  },
  {
    name: "the diagram can be read as a table",
    body: async ({ person, page, server }) => {
      await person.arrive(server.url);
      await person.counterGoesOn();
      await person.button(person.words.table).click();
      await until("rows", async () => (await page.getByRole("row").count()) > 3);
      await person.button(person.words.diagram).click();
      await page.getByRole("table").waitFor({ state: "hidden" });
    },
  },
];

export { tests };
