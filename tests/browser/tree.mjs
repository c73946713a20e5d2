// What a learner asks of the ensemble through a client of the lab, and where it is seen.
import { until } from "./house.mjs";

const words = {
  en: {
    console: "Console",
    line: "Command, as in ZooKeeper's shell",
    send: "Send",
    badVersion: /someone wrote before/,
    unknown: /There is no command/,
    runsOut: /runs out in/,
    path: "Path",
    command: "Command",
  },
  es: {
    console: "Consola",
    line: "Orden, como en la consola de ZooKeeper",
    send: "Enviar",
    badVersion: /otro escribió antes/,
    unknown: /No existe la orden/,
    runsOut: /se agota en/,
    path: "Ruta",
    command: "Orden",
  },
};

/** Opens the console of the first minute; how a line is typed and sent there. */
async function console_({ page, person, server, w }) {
  await person.arrive(server.url);
  await page.getByRole("button", { name: w.console, exact: true }).press("Enter");
  const line = page.getByRole("combobox", { name: w.line });
  return async (text) => {
    await line.fill(text);
    await line.press("Enter");
  };
}

export const tests = [
  {
    name: "a line of ZooKeeper's shell is asked by keyboard and its znode stands in the tree",
    async body({ page, person, server }) {
      const w = words.en;
      const ask = await console_({ page, person, server, w });
      await ask("create -e /here x");
      await page.getByText("Created /here").waitFor();
      await page.getByRole("button", { name: "Znodes", exact: true }).press("Enter");
      const node = page.getByRole("treeitem", { name: /^here/ });
      await node.waitFor();
      await page.getByText(w.runsOut).first().waitFor();
      const tree = page.getByRole("tree");
      await tree.focus();
      await tree.press("End");
      await page.getByRole("heading", { name: "/zookeeper", exact: true }).waitFor();
      await tree.press("ArrowUp");
      await page.getByRole("heading", { name: "/here", exact: true }).waitFor();
      await ask("set -v 9 /here y");
      await page.getByText("BadVersion").waitFor();
      await page.getByText(w.badVersion).waitFor();
    },
  },
  {
    name: "a command is written by its fields, in Spanish",
    language: "es",
    async body({ page, person, server }) {
      const w = words.es;
      const ask = await console_({ page, person, server, w });
      await ask("creat /a");
      await page.getByText(w.unknown).waitFor();
      await page.getByRole("combobox", { name: w.command, exact: true }).selectOption("create");
      const path = page.getByRole("textbox", { name: w.path });
      await path.fill("/tareas");
      await path.press("Tab");
      const line = page.getByRole("combobox", { name: w.line });
      await until("the form writes the line", async () => {
        return (await line.inputValue()) === "create /tareas";
      });
      await page.getByRole("button", { name: w.send, exact: true }).click();
      await page.getByText("Created /tareas").waitFor();
    },
  },
];
