// Three ways of doing the same by hand: with a mouse, with the keyboard alone, with a finger on a
// small touch screen. Each presses, writes and chooses only what it can reach.
import { PATIENCE, until } from "./house.mjs";

/** More stops than this and a person would say that the keyboard does not get there. */
const MOST_STOPS = 300;

/** What a mouse and a finger have in common: they point at what they see. */
class Pointer {
  constructor(page) {
    this.page = page;
  }

  async press(found) {
    await found.waitFor();
    if (await found.evaluate((element) => element instanceof HTMLElement)) {
      return this.point(found, { timeout: PATIENCE });
    }
    // What is drawn is pointed at where it can be seen, not in the middle of its bounds.
    await this.at(await until("something drawn can be pointed at", () => seen(found)));
  }

  async write(field, text) {
    await this.press(field);
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.insertText(text);
  }

  async choose(list, option) {
    await list.selectOption({ label: option });
  }

  async mark(choice) {
    await this.press(choice);
  }

  async tick(box) {
    await this.press(box);
  }

  async send(_field, button) {
    await this.press(button);
  }

  async does(button) {
    await this.press(button);
  }
}

export class Mouse extends Pointer {
  static called = "by mouse";
  static context = {};

  point(found, options) {
    return found.click(options);
  }

  at({ x, y }) {
    return this.page.mouse.click(x, y);
  }
}

export class Finger extends Pointer {
  static called = "on a small touch screen";
  static context = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

  point(found, options) {
    return found.tap(options);
  }

  at({ x, y }) {
    return this.page.touchscreen.tap(x, y);
  }
}

export class Keys {
  static called = "by keyboard";
  static context = {};

  constructor(page) {
    this.page = page;
  }

  /** Goes by Tab, or back, whichever way is the nearer. */
  async reach(found) {
    await found.waitFor();
    for (let stops = 0; stops < MOST_STOPS; stops += 1) {
      const way = await found.evaluate((element) => {
        const active = document.activeElement;
        if (element === active) return 0;
        return active.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_PRECEDING ? -1 : 1;
      });
      if (!way) return;
      await this.page.keyboard.press(way > 0 ? "Tab" : "Shift+Tab");
    }
    throw new Error(`the keyboard does not reach ${found}`);
  }

  async press(found) {
    await this.reach(found);
    await this.page.keyboard.press("Enter");
  }

  async write(field, text) {
    await this.reach(field);
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.insertText(text);
  }

  /** From the top of a list down to the option. */
  async choose(list, option) {
    await this.reach(list);
    await this.page.keyboard.press("Home");
    const chosen = () => list.evaluate((element) => element.selectedOptions[0].label);
    for (let below = await list.getByRole("option").count(); below; below -= 1) {
      if ((await chosen()) === option) return;
      await this.page.keyboard.press("ArrowDown");
    }
    throw new Error(`the list has no ${option}`);
  }

  /** Radio buttons are one stop, and the arrows go from one to the next. */
  async mark(choice) {
    const all = choice.page().getByRole("radio");
    await this.reach(all.first());
    await this.page.keyboard.press("Space");
    for (let count = await all.count(); count && !(await choice.isChecked()); count -= 1) {
      await this.page.keyboard.press("ArrowDown");
    }
  }

  async tick(box) {
    await this.reach(box);
    await this.page.keyboard.press("Space");
  }

  /** By the key that `?` tells, where there is one. */
  async does(button, key) {
    await button.waitFor();
    if (key) await this.page.keyboard.press(key);
    else await this.press(button);
  }

  async send(field) {
    await this.reach(field);
    await this.page.keyboard.press("Enter");
  }
}

export const HANDS = [Mouse, Keys, Finger];

/** Where something drawn can be seen: the point nearest to its middle that nothing lies over, with
 * some of it all around. Null if there is none, and then what is drawn is brought to the top. */
async function seen(found) {
  await found.scrollIntoViewIfNeeded();
  return found.evaluate((element) => {
    const box = element.getBoundingClientRect();
    const shares = Array.from({ length: 31 }, (_, at) => (at + 0.5) / 31);
    const point = (x, y) => ({ x: box.x + x * box.width, y: box.y + y * box.height });
    const points = shares.flatMap((x) => shares.map((y) => ({ ...point(x, y), far: far(x, y) })));
    points.sort((one, other) => one.far - other.far);
    const visible = points.find(({ x, y }) => {
      const around = [[0, 0], [3, 3], [3, -3], [-3, 3], [-3, -3]];
      return around.every(([dx, dy]) => hits(x + dx, y + dy));
    });
    if (!visible) window.scrollBy(0, box.y - 90);
    return visible ? { x: visible.x, y: visible.y } : null;
    function hits(x, y) {
      const top = document.elementFromPoint(x, y);
      return top && element.contains(top);
    }
    function far(x, y) {
      return Math.hypot((x - 0.5) * box.width, (y - 0.5) * box.height);
    }
  });
}
