// Runs a test binary of Rust's own test harness on wasm32-unknown-unknown.
//
// The harness has neither arguments, output nor clock there: it runs every test in order, and the
// first that panics traps. The trap's stack then names the test.
import { readFile } from "node:fs/promises";

Error.stackTraceLimit = 40;
const module = new WebAssembly.Module(await readFile(process.argv[2]));
const imports = {};
for (const { module: from, name } of WebAssembly.Module.imports(module)) {
  imports[from] ??= {};
  imports[from][name] = () => {
    throw new Error(`an engine must not import ${from}.${name}`);
  };
}
const { exports } = new WebAssembly.Instance(module, imports);
const failed = exports.main(0, 0);
if (failed) {
  console.error(`the harness returned ${failed}`);
  process.exit(1);
}
