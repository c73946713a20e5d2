// Runs test binaries of Rust's own test harness on wasm32-unknown-unknown.
//
// The harness has neither arguments, output nor clock there: it runs every test in order, and the
// first that panics traps. The trap's stack then names the test. What the harness would print, its
// closing line above all, stays in the memory of the binary, and is read there. It leaves out those
// that must panic, which no binary survives there; they run natively.
import { readFile } from "node:fs/promises";

Error.stackTraceLimit = 40;
let passed = 0;
let leftOut = 0;
for (const file of process.argv.slice(2)) {
  const module = new WebAssembly.Module(await readFile(file));
  const imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = () => {
      throw new Error(`an engine must not import ${from}.${name}`);
    };
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  const failed = exports.main(0, 0);
  const memory = Buffer.from(exports.memory.buffer).toString("latin1");
  const closing = memory.match(/\. (\d+) passed; 0 failed; (\d+) ignored/);
  if (failed || !closing) {
    console.error(`${file}: the harness returned ${failed} and closed with ${closing?.[0]}`);
    process.exit(1);
  }
  passed += Number(closing[1]);
  leftOut += Number(closing[2]);
}
if (leftOut) console.log(`left out: ${leftOut}`);
console.log(`${passed} passed, 0 failed`);
