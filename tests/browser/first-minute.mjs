// The first minute, as a person spends it.
import assert from "node:assert/strict";
import { until } from "./house.mjs";

/** Predicts, stops the leader, sees an election and the counter going on. */
async function firstMinute({ person, server }, answer) {
  const w = person.words;
  await person.arrive(server.url);
  await person.sees(w.question);
  await person.counterGoesOn();
  await person.page.getByText(w.answers[answer], { exact: true }).click();
  assert.ok(await person.choice(w.answers[answer]).isChecked());
  const stopped = await person.stopTheOneInCharge();
  await person.button(w.stopped(stopped)).first().waitFor();
  await person.sees(w.electing);
  const elected = await until("another leads", async () => {
    const leader = await person.leader();
    return leader !== stopped && leader;
  });
  assert.notEqual(elected, stopped);
  await person.sees(w.resumed);
  await person.sees(w.overlooked[answer]);
  await person.counterGoesOn();
  const numbers = await person.numbers();
  const gaps = numbers.filter((number, at) => at > 0 && number !== numbers[at - 1] + 1);
  assert.deepEqual(gaps, [], `numbers are missing: ${numbers}`);
  await person.sees(w.checked);
}

const tests = [];
for (const [language, answer] of [["en", "yes"], ["es", "no"], ["en", "unknown"]]) {
  tests.push({
    name: `the first minute (${language}, answering ${answer})`,
    language,
    body: (house) => firstMinute(house, answer),
  });
}

tests.push({
  name: "the first minute with reduced motion",
  context: { reducedMotion: "reduce" },
  body: (house) => firstMinute(house, "no"),
});

tests.push({
  name: "the first minute by keyboard alone (es)",
  language: "es",
  body: async ({ person, page, server }) => {
    const w = person.words;
    await person.arrive(server.url);
    // A group of radio buttons is one stop of Tab; arrows choose within it.
    await person.tabTo(w.answers.yes);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    assert.ok(await person.choice(w.answers.unknown).isChecked());
    await person.tabTo(w.stop);
    await page.keyboard.press("Enter");
    await person.sees(w.electing);
    await person.sees(w.resumed);
    await person.sees(w.overlooked.unknown);
  },
});

tests.push({
  name: "the first minute on a telephone",
  context: { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  body: async ({ person, server }) => {
    const w = person.words;
    await person.page.goto(server.url);
    await person.leader();
    await person.page.getByText(w.answers.no, { exact: true }).tap();
    await person.button(w.stop).first().tap();
    await person.sees(w.resumed);
    await person.counterGoesOn();
  },
});

tests.push({
  name: "the language changes without losing the place",
  body: async ({ person, page, server }) => {
    await person.arrive(server.url);
    await page.getByText(person.words.answers.no, { exact: true }).click();
    await person.stopTheOneInCharge();
    await person.sees(person.words.resumed);
    await page.getByRole("button", { name: person.words.other, exact: true }).click();
    await person.sees("El contador sigue con");
    await person.sees(/^Acertaste\./);
    assert.equal(await page.locator("html").getAttribute("lang"), "es");
  },
});

tests.push({
  name: "the first minute tells of now beside now alone, and leads on (es)",
  language: "es",
  body: async ({ person, page, server }) => {
    const w = person.words;
    await person.arrive(server.url);
    await person.counterGoesOn();
    await person.stopTheOneInCharge();
    await person.sees(w.resumed);
    await person.sees(w.again);
    await person.button(w.before).click();
    await person.sees(w.past);
    await person.seesNoMore(w.again);
    await person.button(w.now).first().click();
    await person.sees(w.again);
    await page.getByRole("link", { name: w.onward, exact: true }).click();
    await page.getByRole("heading", { name: "El ensemble", level: 1 }).waitFor();
  },
});

export { tests };
