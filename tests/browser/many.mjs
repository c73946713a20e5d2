// Very many messages at once: painted while time runs, objects all the same.
import assert from "node:assert/strict";
import { until } from "./house.mjs";
import { Lab } from "./lab.mjs";

/** Writes a second that keep well over a hundred messages in flight, and under what are flows. */
const RATE = 8;
/** From so many on, messages are painted. */
const MANY = 60;
const told = /^(propose|commit|ack|forward)/;
const hold = { name: "Hold", held: /, held$/ };

/** The same lab with many messages in flight, for as long as `body` takes. */
async function crowded({ page, person, server }, body) {
  await person.arrive(server.url);
  const lab = await Lab.shown(page, server.url);
  const load = await lab.crowd(6, RATE);
  try {
    const messages = page.getByRole("button", { name: told });
    await until("many messages fly", async () => (await messages.count()) > MANY);
    await body(messages);
  } finally {
    load.stop();
  }
}

/** Whether anything is painted on the figure's canvas. */
function painted(page) {
  return page.locator("canvas").evaluate((canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value) => value > 0);
  });
}

export const tests = [
  {
    name: "many messages are painted while time runs, and are held by hand all the same",
    body: async ({ page, person, server }) =>
      crowded({ page, person, server }, async (messages) => {
        await until("the messages are painted", () => painted(page));
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
  {
    name: "many messages stand as words that can be read once time stands",
    body: async ({ page, person, server }) =>
      crowded({ page, person, server }, async (messages) => {
        await person.button(person.words.pause).first().click();
        await page.locator("canvas").waitFor({ state: "detached" });
        assert.match(await messages.last().locator("text").textContent(), told);
      }),
  },
  {
    name: "a browser without a canvas draws many messages as it draws few",
    body: async ({ page, person, server }) => {
      await page.addInitScript(() => {
        HTMLCanvasElement.prototype.getContext = () => null;
      });
      await crowded({ page, person, server }, async (messages) => {
        assert.equal(await page.locator("canvas").count(), 0);
        assert.match(await messages.last().locator("text").textContent(), told);
      });
    },
  },
];
