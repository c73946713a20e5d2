// The course: its map, and the first exercise done to its end, as a learner does it.
import assert from "node:assert/strict";
import { PATIENCE, until } from "./house.mjs";

/** What a learner reads in an exercise and goes by. */
const read = {
  en: {
    map: "Course map",
    unbuilt: "not built yet",
    open: /^Z1 The ensemble$/,
    title: "The ensemble",
    right: "It waits until there are two again.",
    wrong: "It goes on: while one server is left, someone can write.",
    commit: "This is what I think",
    goals: [
      "Take away a follower",
      "Take away the leader",
      "Lose the majority",
      "Regain it",
      "Read at one that is behind",
    ],
    checked: "Checked",
    stop: "Stop",
    restart: "Restart",
    hint: "Give me a hint",
    firstHint: /^Look who wears the double ring/,
    sees: /All 3 servers are still running/,
    show: "Show me",
    back: "Back to the start of this step",
    finished: /^Exercise finished/,
    foreseen: "You foresaw it.",
    contradicted: "What just happened contradicts your prediction",
    misconception: /^You thought of backup copies/,
    explanation: "Your explanation, in your own words",
    goOn: "Save and go on",
    done: "done",
    follower: /^zookeeper-\d, follows/,
    down: /^zookeeper-\d, stopped/,
  },
  es: {
    map: "Mapa del curso",
    unbuilt: "aún no",
    open: /^Z1 El ensemble$/,
    title: "El ensemble",
    right: "Esperará hasta que vuelva a haber dos.",
    wrong: "Seguirá: mientras quede un servidor, hay quien escriba.",
    commit: "Esto es lo que creo",
    goals: [
      "Quita un seguidor",
      "Quita al líder",
      "Pierde la mayoría",
      "Recupérala",
      "Lee en uno que va atrasado",
    ],
    checked: "Comprobado",
    stop: "Detener",
    restart: "Poner en marcha",
    hint: "Dame una pista",
    firstHint: /^Fíjate en quién lleva el anillo doble/,
    sees: /Los 3 servidores siguen en marcha/,
    show: "Enséñamelo",
    back: "Volver al comienzo de este paso",
    finished: /^Ejercicio terminado/,
    foreseen: "Lo previste.",
    contradicted: "Lo que acaba de pasar contradice tu predicción",
    misconception: /^Pensabas en copias de reserva/,
    explanation: "Tu explicación, con tus palabras",
    goOn: "Guardar y seguir",
    done: "hecho",
    follower: /^zookeeper-\d, sigue/,
    down: /^zookeeper-\d, detenido/,
  },
};

/** A step may need an election and ten numbers at a quarter of real time. */
const STEP_PATIENCE = 4 * PATIENCE;

/** A learner at an exercise; `press` says how they press what they have found. */
class Learner {
  constructor(person, language, press) {
    Object.assign(this, { person, page: person.page, r: read[language], press });
  }

  async button(name) {
    await this.press(this.person.button(name).first());
  }

  /** Opens the exercise by the map. */
  async arrive(url) {
    await this.page.goto(url);
    await this.press(this.page.getByRole("link", { name: this.r.map, exact: true }).first());
    await this.person.sees(this.r.unbuilt);
    await this.press(this.page.getByRole("link", { name: this.r.open }));
    await this.page.getByRole("heading", { name: this.r.title, level: 1 }).waitFor();
  }

  async predict(answer) {
    await this.person.leader();
    const choice = this.person.choice(answer);
    await choice.focus();
    await this.page.keyboard.press("Space");
    assert.ok(await choice.isChecked());
    await this.button(this.r.commit);
    await this.person.seesNoMore(this.r.commit);
  }

  /** Does something to the first server that answers to `which`, by the inspector. */
  async to(which, deed) {
    await this.press(this.person.button(which).first());
    const inspector = this.page.getByRole("complementary");
    await this.press(inspector.getByRole("button", { name: deed, exact: true }));
  }

  /** Waits until so many checks are green. */
  async passes(count) {
    const done = this.page.getByRole("listitem").filter({ hasText: this.r.checked });
    await until(`${count} checks are green`, async () => (await done.count()) >= count, STEP_PATIENCE);
    assert.ok(await done.nth(count - 1).getByText(this.r.goals[count - 1]).isVisible());
  }

  /** Waits until all three serve, then for the leader's name. */
  async whole() {
    await until("two follow", async () => {
      return (await this.person.button(this.r.follower).count()) === 2;
    });
    return this.person.leader();
  }

  /** What happens names the misconception; explaining it in one's own words goes on. */
  async isContradicted() {
    const { page, person, r } = this;
    await page.getByRole("heading", { name: r.contradicted }).waitFor({ timeout: STEP_PATIENCE });
    await person.sees(r.misconception);
    await page.getByRole("textbox", { name: r.explanation }).fill("Two of three must agree.");
    await this.button(r.goOn);
  }

  /** To the map and back, where everything is as it was. */
  async overTheMap() {
    const { page, person, r } = this;
    await this.press(page.getByRole("link", { name: r.map, exact: true }).first());
    await person.sees(r.unbuilt);
    await page.goBack();
    await page.getByRole("heading", { name: r.title, level: 1 }).waitFor();
  }

  async firstTwo() {
    await this.person.sees(this.r.sees);
    await this.to(this.r.follower, this.r.stop);
    await this.passes(1);
    await this.to(this.r.down, this.r.restart);
    const leader = await this.whole();
    await this.to(new RegExp(`^${leader}, `), this.r.stop);
    await this.passes(2);
  }
}

const click = (found) => found.click();
const byKey = async (found) => {
  await found.focus();
  await found.press("Enter");
};

async function toItsEnd({ person, page, server }, language, press) {
  const learner = new Learner(person, language, press);
  const { r } = learner;
  await learner.arrive(server.url);
  await learner.predict(r.right);
  await learner.button(r.hint);
  await person.sees(r.firstHint);
  await learner.firstTwo();
  await learner.to(r.follower, r.stop);
  await learner.passes(3);
  await person.sees(r.foreseen);
  await learner.to(r.down, r.restart);
  await learner.passes(4);
  await learner.button(r.show);
  await learner.passes(5);
  await person.sees(r.finished);
  await press(page.getByRole("link", { name: r.map, exact: true }).first());
  await page.getByText(r.done, { exact: true }).waitFor();
}

const tests = [
  {
    name: "an exercise to its end (es)",
    language: "es",
    body: (house) => toItsEnd(house, "es", click),
  },
  {
    name: "an exercise to its end by keyboard (en)",
    body: (house) => toItsEnd(house, "en", byKey),
  },
  {
    name: "show me asked for before the lab is under way (es)",
    language: "es",
    body: async ({ person, page, server }) => {
      const learner = new Learner(person, "es", click);
      await learner.arrive(server.url);
      await person.choice(learner.r.right).check();
      await learner.button(learner.r.commit);
      await learner.button(learner.r.show);
      await learner.passes(1);
      assert.ok(await page.getByRole("button", { name: learner.r.show }).first().isEnabled());
    },
  },
  {
    name: "show me passes a step, and a reload keeps where one was (en)",
    body: async ({ person, page, server }) => {
      const learner = new Learner(person, "en", click);
      const { r } = learner;
      await learner.arrive(server.url);
      await learner.predict(r.wrong);
      await learner.button(r.show);
      await learner.passes(1);
      await page.reload();
      await learner.passes(1);
      await learner.button(r.show);
      await learner.passes(2);
      await learner.to(r.follower, r.stop);
      await learner.isContradicted();
      await learner.passes(3);
      await page.reload();
      await learner.passes(3);
      await learner.overTheMap();
      await learner.button(r.show);
      await learner.passes(4);
      await learner.button(r.show);
      await learner.passes(5);
      await person.sees(r.finished);
    },
  },
];

export { tests };
