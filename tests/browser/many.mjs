// Very many messages at once: those on one way keep apart, and what has no room is told.
import assert from "node:assert/strict";
import { until } from "./house.mjs";
import { Lab } from "./lab.mjs";

/** Writes a second that keep well over a hundred messages in flight, and under what are flows. */
const RATE = 8;
/** So many messages are many. */
const MANY = 100;
/** However many are in flight between three servers, no more are drawn: about five a direction. */
const MOST_DRAWN = 40;
const told = /^(propose|commit|ack|forward) [^+]*/;
const more = / \+(\d+)/;
const hold = { name: "Hold", held: /, held$/ };

/** The same lab with many messages in flight, for as long as `body` takes. */
async function crowded({ page, person, server }, body) {
  await person.arrive(server.url);
  const lab = await Lab.shown(page, server.url);
  const load = await lab.crowd(6, RATE);
  try {
    const messages = page.getByRole("button", { name: told });
    await until("many messages fly", async () => (await counted(messages)).flying > MANY);
    await body(messages);
  } finally {
    load.stop();
  }
}

/** How many messages are drawn, and how many these say that they stand for. */
async function counted(messages) {
  const names = await messages.evaluateAll((all) => all.map((it) => it.getAttribute("aria-label")));
  const flying = names.reduce((sum, name) => sum + 1 + Number(more.exec(name)?.[1] ?? 0), 0);
  return { drawn: names.length, flying };
}

export const tests = [
  {
    name: "many messages on one way are drawn as few that say how many they are",
    body: async ({ page, person, server }) =>
      crowded({ page, person, server }, async (messages) => {
        const { drawn, flying } = await counted(messages);
        assert.ok(drawn <= MOST_DRAWN, `${drawn} are drawn of ${flying}`);
        await person.button(person.words.pause).first().click();
        await person.timeStands();
        const last = await messages.last().textContent();
        assert.match(last, told);
      }),
  },
  {
    name: "one of many messages is held by hand while time runs",
    body: async ({ page, person, server }) =>
      crowded({ page, person, server }, async (messages) => {
        // A hand aims at where a message is; it does not wait for it to stand.
        await until("a message is grasped", async () => {
          const box = await messages.last().boundingBox();
          if (box) await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
          return (await person.button(hold.name).count()) > 0;
        });
        await person.button(hold.name).first().click();
        await person.button(hold.held).first().waitFor();
      }),
  },
];
