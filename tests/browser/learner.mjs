// A learner at an exercise: finds what they read by role and accessible name, and does it by one
// of the three hands.
import assert from "node:assert/strict";
import { PATIENCE, Person, until } from "./house.mjs";
import { read } from "./learner-words.mjs";

/** A step may need an election and ten numbers, or eight seconds of a lab's time. */
export const STEP_PATIENCE = 3 * PATIENCE;
/** An event may neither take time nor state a fact, and then nothing tells that it has passed. */
const A_STEP = 1000;
/** How soon an event that passes is seen, in milliseconds. */
const A_LOOK = 25;
/** So many events are more than a write, or an election, takes. */
const MOST_EVENTS = 400;

export class Learner {
  constructor(page, language, Hand) {
    this.person = new Person(page, language);
    Object.assign(this, { page, language, hand: new Hand(page), r: read[language] });
    this.narrow = page.viewportSize().width < 861;
    this.passed = 0;
    this.keys = {};
  }

  /** A part of the page by its name. */
  part(role, name) {
    return this.page.getByRole(role, { name, exact: true });
  }

  get inspector() {
    return this.page.getByRole("complementary");
  }

  async press(name) {
    await this.hand.press(this.person.button(name).first());
  }

  /** On a small screen the words lie over the figure: brings up the one or the other. */
  async turnTo(words) {
    if (!this.narrow) return;
    const other = this.person.button(words ? this.r.read : this.r.figure);
    if (await other.isVisible()) await this.hand.press(other);
  }

  /** Opens the exercise by the map of the course. */
  async arrives(url, { id, title }) {
    await this.page.goto(url);
    const map = this.page.getByRole("link", { name: this.narrow ? this.r.mapShort : this.r.map });
    await this.hand.press(map.filter({ visible: true }).first());
    await this.person.sees(this.r.unbuilt);
    const name = `${id} ${title[this.language]}`;
    await this.hand.press(this.page.getByRole("link", { name, exact: true }));
    const heading = { name: title[this.language], level: 1 };
    await this.page.getByRole("heading", heading).waitFor({ state: "attached" });
  }

  /** Commits to what the learner thinks: the answer of these words, or that they do not know. */
  async predicts(answer) {
    this.thought = answer;
    await this.turnTo(true);
    await this.hand.mark(this.page.getByRole("radio", { name: answer ?? this.r.unknown }));
    await this.press(this.r.commit);
    await this.person.seesNoMore(this.r.commit);
    await this.turnTo(false);
  }

  /** What happens names the misconception behind the answer; explaining it anew goes on. */
  async isContradicted(misconception) {
    const { page, person, r } = this;
    const heading = page.getByRole("heading", { name: r.contradicted });
    await heading.waitFor({ timeout: STEP_PATIENCE });
    await person.sees(misconception);
    const explanation = page.getByRole("textbox", { name: r.explanation });
    await this.hand.write(explanation, "A majority decides.");
    await this.press(r.goOn);
    await heading.waitFor({ state: "hidden" });
    await this.turnTo(false);
  }

  /** Reads the three hints of the step; the way is the last of them. */
  async readsHints() {
    await this.turnTo(true);
    for (let hint = 0; hint < 3; hint += 1) await this.press(this.r.hint);
    await this.part("list", this.r.hints).getByRole("listitem").nth(2).waitFor();
    await this.person.button(this.r.hint).waitFor({ state: "hidden" });
    await this.turnTo(false);
  }

  /** Waits until the next check is green, which says so. */
  async passes(goal) {
    this.passed += 1;
    const done = this.page.getByRole("listitem").filter({ hasText: this.r.checked });
    const green = async () => (await done.count()) >= this.passed;
    await until(`step ${this.passed} is checked`, green, STEP_PATIENCE);
    if (goal) assert.match(await done.nth(this.passed - 1).innerText(), goal);
  }

  /** The end: the exercise says so, and the map knows. */
  async isDone() {
    await this.person.sees(this.r.finished);
    await this.turnTo(true);
    if (this.thought === undefined) await this.person.sees(this.r.seen);
    await this.isOnTheMap();
  }

  /** Back on the map, which says that it is done. */
  async isOnTheMap(done = this.r.done) {
    await this.hand.press(this.page.getByRole("link", { name: this.r.map, exact: true }).last());
    await this.page.getByText(done, { exact: true }).first().waitFor();
  }

  // What is drawn.

  /** Another drawing of the lab. */
  async draws(figure) {
    await this.press(figure);
  }

  server(name) {
    return this.person.button(this.person.words.server(name)).first();
  }

  /** Selects something drawn, a server or a client. */
  async selects(found) {
    const name = (await found.getAttribute("aria-label")) ?? "";
    this.keys = this.r.keyed.test(name) ? this.r.keys : {};
    // What is drawn may move on just as it is pointed at: then it is pointed at again.
    await until("something is selected", async () => {
      await this.hand.press(found);
      const seen = this.inspector.waitFor({ timeout: PATIENCE / 6 });
      return seen.then(() => true, () => false);
    });
  }

  /** Does something to what is selected; servers, links and messages have keys for that. */
  async does(deed) {
    const button = this.inspector.getByRole("button", { name: deed, exact: true });
    await this.hand.does(button, this.keys[deed]);
  }

  /** What an expert may do to what is selected, one press further away. */
  async doesMore(deed) {
    await this.does(this.r.more);
    await this.does(deed);
  }

  async letsGo() {
    if (await this.inspector.isVisible()) await this.does(this.r.close);
  }

  async stops(found) {
    await this.selects(found);
    await this.does(this.r.stop);
    await this.letsGo();
  }

  async restarts(found) {
    await this.selects(found);
    await this.does(this.r.restart);
    await this.letsGo();
  }

  async leader() {
    return this.server(await this.person.leader());
  }

  get follower() {
    return this.person.button(this.r.follower).first();
  }

  get stopped() {
    return this.person.button(this.r.down).first();
  }

  /** Waits until so many servers follow a leader. */
  async serve(followers) {
    const leads = this.person.button(this.person.words.leader);
    const follows = this.person.button(this.r.follower);
    const serve = async () => (await leads.count()) === 1 && (await follows.count()) === followers;
    await until(`one leads and ${followers} follow`, serve, STEP_PATIENCE);
  }

  async cuts(one, other) {
    await this.selects(this.link(one, other));
    await this.does(this.r.cutIt);
    await this.letsGo();
  }

  /** Cuts a client off from a server, if it is there, and waits until it has found another. */
  async leaves(client, server, at) {
    if ((await at()) !== server) return;
    await this.cuts(client, server);
    const other = async () => ![server, undefined].includes(await at());
    await until(`${client} finds another server`, other, STEP_PATIENCE);
  }

  /** Waits until the counter has written so many more numbers. */
  async counts(more) {
    const last = async () => Math.max(0, ...(await this.person.numbers()));
    const before = await last();
    await until(`${more} numbers`, async () => (await last()) >= before + more, STEP_PATIENCE);
  }

  link(one, other) {
    const names = [this.r.link(one, other), this.r.link(other, one)];
    return this.page.getByRole("button", { name: new RegExp(`^(${names.join("|")}),`) }).first();
  }

  /** The server that something drawn is connected to, as the inspector says. */
  async serverOfDrawn(found) {
    await this.selects(found);
    const name = (await this.inspector.innerText()).match(/zookeeper-\d/)?.[0];
    await this.letsGo();
    return name;
  }

  /** Makes a link slow by so many milliseconds. */
  async slows(one, other, ms) {
    await this.selects(this.link(one, other));
    await this.does(this.r.more);
    await this.hand.write(this.inspector.getByRole("spinbutton", { name: this.r.latency }), ms);
    await this.page.keyboard.press("Tab");
    await this.does(this.r.slow);
    await this.letsGo();
  }

  // Time.

  get time() {
    return this.part("region", this.r.time);
  }

  async pauses() {
    await this.hand.press(this.time.getByRole("button", { name: this.person.words.pause }));
    await this.time.getByRole("button", { name: this.person.words.play }).waitFor();
    await this.person.timeStands();
  }

  async goesOn() {
    await this.hand.press(this.time.getByRole("button", { name: this.person.words.play }));
    await this.time.getByRole("button", { name: this.person.words.pause }).waitFor();
  }

  /** Has the lab run at this pace: `1`, `1⁄64`. */
  async runsAt(pace) {
    await this.hand.choose(this.time.getByRole("combobox"), pace);
  }

  /** Steps from event to event until something is seen. */
  async stepsUntil(what, seen) {
    const at = this.time.getByRole("slider");
    const facts = this.page.getByText(this.r.facts);
    const now = async () => {
      return [await at.getAttribute("aria-valuetext"), ...(await facts.allInnerTexts())].join();
    };
    for (let events = 0; events < MOST_EVENTS; events += 1) {
      if (await seen()) return;
      const before = await now();
      await this.hand.press(this.time.getByRole("button", { name: this.r.step }));
      const passed = until("an event passes", async () => (await now()) !== before, A_STEP, A_LOOK);
      await passed.catch(() => {});
    }
    throw new Error(`stepped in vain: ${what}`);
  }

  // The console.

  /** Asks through a client; what was answered. While time stands there is none to wait for. */
  async asks(client, line, { waits = true } = {}) {
    const who = this.part("group", this.r.whoAsks).getByRole("button", { name: client });
    if ((await who.getAttribute("aria-pressed")) !== "true") await this.hand.press(who);
    const field = this.page.getByRole("combobox", { name: this.r.line });
    const said = this.part("list", this.r.said).getByRole("listitem");
    const before = (await said.allInnerTexts()).join();
    await this.hand.write(field, line);
    await this.hand.send(field, this.person.button(this.r.send));
    await until("the line is asked", async () => (await field.inputValue()) === "");
    if (!waits) return;
    // Who had just lost the connection is told so, and asks again.
    const refused = this.page.getByRole("paragraph").filter({ hasText: this.r.askAgain });
    const asked = (text) => line.split(" ").every((word) => text.includes(word));
    const answered = async () => {
      if (await refused.isVisible()) return "refused";
      const texts = await said.allInnerTexts();
      const last = texts.findLast(asked);
      return texts.join() !== before && last && !last.includes(this.r.waits) && last;
    };
    const answer = await until(`${client} is answered: ${line}`, answered, STEP_PATIENCE);
    if (answer !== "refused") return answer;
    // It is put away, if nothing else does it first.
    const close = refused.getByRole("button", { name: this.r.close, exact: true });
    const pressed = this.hand.press(close).catch((error) => error);
    await refused.waitFor({ state: "hidden" });
    await pressed;
    await this.page.getByText(this.r.at).waitFor({ timeout: STEP_PATIENCE });
    return this.asks(client, line);
  }

  // Questions.

  /** Tries every option of every question, and reads what each answers. */
  async answersAll() {
    const { page, r } = this;
    const heading = page.getByRole("heading", { level: 2 });
    const asked = page.getByRole("listitem").filter({ has: heading });
    const count = await asked.count();
    assert.ok(count, "questions are asked");
    for (let place = 0; place < count; place += 1) {
      const question = asked.nth(place);
      const own = question.getByRole("textbox", { name: r.own });
      if (await own.count()) await this.answersInOwnWords(question, own);
      else await this.answersByOptions(question);
      await question.getByText(r.answered, { exact: true }).waitFor();
    }
  }

  async answersByOptions(question) {
    // Behind an option is what it is answered, in which a term may be pressed, too.
    const options = question.getByRole("list").getByRole("listitem");
    const count = await options.count();
    for (let option = 0; option < count; option += 1) {
      await this.hand.press(options.nth(option).getByRole("button").first());
      const said = question.getByRole("status");
      await said.nth(option).waitFor();
      assert.match(await said.nth(option).innerText(), this.r.verdict);
    }
    assert.ok(await question.getByText(this.r.right).first().isVisible());
  }

  /** The model answer opens after one's own, and one marks what one's own has of it. */
  async answersInOwnWords(question, own) {
    const model = question.getByRole("button", { name: this.r.model });
    assert.ok(await model.isDisabled());
    await this.hand.write(own, "A majority decides.");
    await until("the model answer can be opened", () => model.isEnabled());
    await this.hand.press(model);
    await question.getByText(this.r.modelIs).waitFor();
    const point = question.getByRole("checkbox").first();
    await this.hand.tick(point);
    await until("the point is marked", () => point.isChecked());
    await question.getByText(this.r.onePoint).waitFor();
  }

  /** The server that a client is connected to. */
  async serverOf(client) {
    const who = this.part("group", this.r.whoAsks).getByRole("button", { name: client });
    if ((await who.getAttribute("aria-pressed")) !== "true") await this.hand.press(who);
    const standing = this.page.getByText(this.r.at);
    await standing.waitFor({ timeout: STEP_PATIENCE });
    return (await standing.innerText()).match(this.r.at)[1];
  }
}
