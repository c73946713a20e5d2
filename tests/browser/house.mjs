// What the tests stand on: the real binary, a real browser, and a person's way of looking.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { words } from "./words.mjs";

/** How long a test waits before it says that nothing happens: far longer than a person would, for
 * this guards and measures nothing, and the machine may have other work. */
export const PATIENCE = 60_000;

/** How long between two looks. */
const LOOK_MS = 100;
/** Time that is seen to stand for so long stands. */
const STANDS_MS = 400;

/** Starts the server and waits for its ready line. */
export async function startServer(http = "127.0.0.1:0", more = []) {
  const flags = ["serve", "--http", http, "--zookeeper", "127.0.0.1:0", ...more];
  const process_ = spawn(process.env.RELEVO_BINARY, flags, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(process_, "exit").then(([code]) => {
    throw new Error(`the server ended with ${code} before it was ready`);
  });
  const ready = (async () => {
    for await (const line of createInterface({ input: process_.stdout })) {
      if (line.startsWith("{") && JSON.parse(line).event === "ready") return JSON.parse(line);
    }
  })();
  const { http: url, zookeeper } = await Promise.race([ready, ended]);
  ended.catch(() => {});
  const stop = async (signal = "SIGTERM") => {
    if (process_.exitCode !== null || process_.signalCode !== null) return;
    const gone = once(process_, "exit");
    process_.kill(signal);
    await gone;
  };
  const kill = () => stop("SIGKILL");
  return { url: url.startsWith("http") ? url : `http://${url}`, zookeeper, stop, kill };
}

/** Debian's Chromium, without what would call out or need a desktop. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** Waits until `look` returns something true. To look at a page costs it time, so that it is not
 * looked at more often than needed. */
export async function until(what, look, patience = PATIENCE, every = LOOK_MS) {
  const deadline = Date.now() + patience;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`waited ${patience / 1000} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}

/** A person at the page: finds things by role and accessible name alone. */
export class Person {
  constructor(page, language) {
    this.page = page;
    this.words = words[language];
  }

  /** Comes to the page and waits for the first picture with a leader. */
  async arrive(url) {
    await this.page.goto(url);
    await this.sees(this.words.title);
    await this.leader();
  }

  button(name) {
    return this.page.getByRole("button", { name, exact: typeof name === "string" });
  }

  /** One of the answers. */
  choice(name) {
    return this.page.getByRole("radio", { name, exact: true });
  }

  async sees(text) {
    await this.page.getByText(text).first().waitFor({ timeout: PATIENCE });
  }

  async seesNoMore(text) {
    await this.page.getByText(text).first().waitFor({ state: "hidden", timeout: PATIENCE });
  }

  /** The name of the server that leads. */
  async leader() {
    const drawn = this.button(this.words.leader).first();
    await drawn.waitFor({ timeout: PATIENCE });
    const label = await drawn.getAttribute("aria-label");
    return label.split(",")[0];
  }

  /** The numbers that the counter shows as acknowledged. */
  async numbers() {
    const label = await this.button(this.words.counter).first().getAttribute("aria-label");
    return label.split(",")[1].match(/\d+/g)?.map(Number) ?? [];
  }

  /** Waits until the counter has gone on by a number. */
  async counterGoesOn() {
    const before = Math.max(0, ...(await this.numbers()));
    const goesOn = async () => Math.max(0, ...(await this.numbers())) > before;
    await until("the counter goes on", goesOn);
  }

  /** Stops time. */
  async pauses() {
    await this.button(this.words.pause).first().click();
    await this.button(this.words.play).first().waitFor();
    await this.timeStands();
  }

  /** Waits until time stands: the page shows what comes until a pause has reached the lab. */
  async timeStands() {
    const at = this.page.getByRole("slider").first();
    let shown = "";
    const stands = async () => {
      const before = shown;
      shown = await at.getAttribute("aria-valuetext");
      return shown === before;
    };
    await until("time stands", stands, PATIENCE, STANDS_MS);
  }

  /** Presses the button of the first minute; the name of the server that was stopped. */
  async stopTheOneInCharge() {
    const button = this.button(this.words.stop).first();
    await button.waitFor({ timeout: PATIENCE });
    const name = (await button.innerText()).match(/zookeeper-\d/)[0];
    await button.click();
    return name;
  }

  /** Goes with Tab until something of this name has the focus. */
  async tabTo(name) {
    for (let presses = 0; presses < 80; presses += 1) {
      await this.page.keyboard.press("Tab");
      const focused = this.page.locator("*:focus");
      if ((await focused.count()) === 0) continue;
      const label = await focused.evaluate(
        (element) =>
          element.getAttribute("aria-label") ??
          element.labels?.[0]?.innerText ??
          element.textContent,
      );
      if (typeof name === "string" ? label.trim() === name : name.test(label.trim())) return;
    }
    throw new Error(`the keyboard does not reach ${name}`);
  }
}
