// A learner's own program: downloaded from the page, finished in an editor, run by the command the
// page shows, and judged in the page beside it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Learner } from "./learner.mjs";
import { Mouse } from "./three-hands.mjs";
import { Z2 } from "./walks-zookeeper.mjs";

/** What a learner adds to the starter of Z2, below the words it follows in each language. */
const FINISHED = [
  [
    { en: "# create return?\n", es: " ¿Qué devuelve create?\n" },
    `first = client.create(f"{FOLDER}/order-", sequence=True)
second = client.create(f"{FOLDER}/order-", sequence=True)
print(first, second)
`,
  ],
  [
    {
      en: "# again, and write with the version that is there now.\n",
      es: "# lee de nuevo y escribe con la versión que hay ahora.\n",
    },
    `try:
    client.set(STOCK, b"8", version=0)
except BadVersionError:
    data, stat = client.get(STOCK)
    client.set(STOCK, b"8", version=stat.version)
`,
  ],
];

/** The program stays connected until a learner presses Enter. */
const STAYS = ["\nclient.stop()\n", '\nprint("waits", flush=True)\ninput()\nclient.stop()\n'];

/** What the page says is to be typed, with the address of the exercise's own lab. */
const COMMANDS = /^pip install kazoo\s+python3 znodes\.py 127\.0\.0\.1:/;

const words = {
  en: {
    own: "Do it with your own program",
    open: "Open this lab's ports",
    download: "Download znodes.py",
  },
  es: {
    own: "Hacerlo con tu propio programa",
    open: "Abrir los puertos de este laboratorio",
    download: "Descargar znodes.py",
  },
};

export const tests = Object.keys(words).map((language) => ({
  name: `Z2 by a program of one's own (${language})`,
  language,
  // A Python with kazoo, as the page tells a learner to install it.
  needs: "LEARNER_PYTHON",
  async body({ page, server }) {
    const w = words[language];
    const learner = new Learner(page, language, Mouse);
    await learner.arrives(server.url, Z2);
    await learner.predicts(Z2.right[language]);
    await page.getByText(w.own).click();
    await learner.press(w.open);
    const shown = page.getByText(COMMANDS);
    await shown.waitFor();
    const [, run] = (await shown.innerText()).trim().split("\n");
    const folder = await mkdtemp(join(tmpdir(), "learner-"));
    try {
      const file = await downloads(page, w.download, folder);
      await finish(file, language);
      const program = start(run, folder);
      try {
        await learner.passes();
        await learner.passes();
        await page.getByRole("button", { name: /kazoo/ }).first().waitFor();
      } finally {
        program.stdin.end("\n");
      }
      const [code] = await once(program, "exit");
      assert.equal(code, 0, program.said());
    } finally {
      await rm(folder, { recursive: true });
    }
  },
}));

/** Saves what a link offers. */
async function downloads(page, name, folder) {
  const saved = page.waitForEvent("download");
  await page.getByRole("link", { name, exact: true }).click();
  const download = await saved;
  const file = join(folder, download.suggestedFilename());
  await download.saveAs(file);
  return file;
}

async function finish(file, language) {
  let text = await readFile(file, "utf8");
  for (const [words, added] of FINISHED) {
    const after = words[language];
    assert.ok(text.includes(after), `the starter says: ${after}`);
    text = text.replace(after, `${after}${added}`);
  }
  assert.ok(text.endsWith(STAYS[0]), "the starter ends its session");
  await writeFile(file, text.replace(...STAYS));
}

/** Runs the command of the page, by the Python that has kazoo. */
function start(command, folder) {
  const [python, ...given] = command.split(" ");
  assert.equal(python, "python3");
  const program = spawn(process.env.LEARNER_PYTHON, given, { cwd: folder });
  let said = "";
  for (const stream of [program.stdout, program.stderr]) {
    stream.on("data", (data) => (said += data));
  }
  program.said = () => said;
  return program;
}
