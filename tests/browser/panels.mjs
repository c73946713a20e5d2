// Every panel that can be opened, in both themes: axe finds nothing. And an exercise at every
// width, in both themes and languages, at rest and in the middle of an election.
import { isClean, shots } from "./access.mjs";
import { PATIENCE } from "./house.mjs";
import { Learner } from "./learner.mjs";
import { Finger, Mouse } from "./three-hands.mjs";
import { A1, A3 } from "./walks-zab.mjs";
import { Z3, Z5 } from "./walks-zookeeper.mjs";

const ZQ = { id: "ZQ", title: { en: "Questions: ZooKeeper" } };

/** What lies over the page, each by its key. */
const OVER = [["/", "the palette"], ["?", "the keys"], ["c", "the promises"], ["l", "a link"]];

async function arrives({ page, server }, walk, Hand = Mouse) {
  const learner = new Learner(page, "en", Hand);
  await learner.arrives(server.url, walk);
  await learner.predicts(undefined);
  return learner;
}

/** Watches and the console, own code, a term, and what lies over all of it. */
async function atTheWatches(house) {
  const { page } = house;
  const learner = await arrives(house, Z3);
  await learner.asks("ana", "create -e /here x");
  await learner.asks("beto", "get -w /here");
  await isClean(page, "with the console and the watches");
  await learner.draws("Znodes");
  await page.getByRole("treeitem", { name: /^here/ }).click();
  await isClean(page, "with a znode chosen");
  await page.getByText("Do it with your own program").click();
  await learner.press("Open this lab's ports");
  await page.getByText("This lab listens at:").waitFor();
  await page.getByText("What it is about").click();
  await learner.press("watch");
  await page.getByRole("note").waitFor();
  await isClean(page, "with own code and a term open");
  for (const [key, what] of OVER) {
    await page.locator("body").press(key);
    await page.getByRole("dialog").waitFor();
    await isClean(page, `with ${what}`);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
  }
  await learner.press("Filter");
  await isClean(page, "with the filter");
}

/** The figures made for exercises, faults with a measure, and a prediction that is contradicted. */
async function atTheFigures(house) {
  const { page } = house;
  const learner = await arrives(house, Z5);
  await isClean(page, "with the line of candidates");
  await learner.arrives(house.server.url, A1);
  await learner.predicts(A1.wrong.en);
  await learner.serve(2);
  await isClean(page, "with the phases");
  await learner.draws("Logs");
  await isClean(page, "with the logs");
  await learner.stops(await learner.leader());
  const contradicted = page.getByRole("heading", { name: learner.r.contradicted });
  await contradicted.waitFor({ timeout: 2 * PATIENCE });
  await isClean(page, "with a prediction contradicted");
  await learner.arrives(house.server.url, A3);
  await learner.predicts(undefined);
  await learner.selects(await learner.leader());
  await learner.does(learner.r.more);
  await isClean(page, "with the faults");
  await learner.does(learner.r.split);
  await learner.person.button(learner.r.heal).first().waitFor();
  await isClean(page, "with two sides");
}

/** Questions answered in both ways, the map with what is done, and its hand-in. */
async function atTheQuestions(house) {
  const { page } = house;
  const learner = new Learner(page, "en", Mouse);
  await learner.arrives(house.server.url, ZQ);
  await learner.answersAll();
  await isClean(page, "with every question answered");
  await learner.isOnTheMap(learner.r.mapAnswered);
  await isClean(page, "on the map, with work to hand in");
}

/** The sheet of a small screen, as it peeks and as it is read. */
async function onASmallScreen(house) {
  const learner = await arrives(house, Z3, Finger);
  await isClean(house.page, "with the sheet peeking");
  await learner.turnTo(true);
  await isClean(house.page, "with the sheet up");
}

async function pictures({ page, server }, language) {
  const learner = new Learner(page, language, Mouse);
  await learner.arrives(server.url, A1);
  await learner.predicts(undefined);
  await learner.serve(2);
  await shots(page, language, "exercise-rest");
  await page.setViewportSize({ width: 1280, height: 860 });
  await learner.stops(await learner.leader());
  await learner.person.button(learner.r.looking).first().waitFor();
  await learner.pauses();
  await shots(page, language, "exercise-election");
}

const tests = ["light", "dark"].flatMap((colorScheme) => {
  const small = { ...Finger.context, colorScheme };
  return [
    { name: `axe: console, trees, dialogs (${colorScheme})`, body: atTheWatches },
    { name: `axe: the figures of exercises (${colorScheme})`, body: atTheFigures },
    { name: `axe: questions and hand-in (${colorScheme})`, body: atTheQuestions },
    { name: `axe: a small screen (${colorScheme})`, body: onASmallScreen, context: small },
  ].map((test) => ({ context: { colorScheme }, ...test }));
});

for (const language of ["en", "es"]) {
  const name = `an exercise is no wider than the window (${language}); screenshots`;
  tests.push({ name, language, body: (house) => pictures(house, language) });
}

export { tests };
