// The control API as a bench needs it: gRPC-web by hand, since three calls need no generated
// client.
import net from "node:net";
import { until } from "./house.mjs";

/** How slow the links become, so that messages stay in flight. */
const LATENCY_US = 400_000;

export class Lab {
  constructor(url, id, nodes) {
    Object.assign(this, { url, id, nodes });
  }

  /** The lab that a page shows: the youngest one that is not `main`. */
  static async shown(page, url) {
    const id = await page.evaluate(() => localStorage.getItem("relevo.lab"));
    const nodes = ["zookeeper-1", "zookeeper-2", "zookeeper-3"];
    return new Lab(url, id, nodes);
  }

  /** Fills the links: slow ones, and clients of our own that ask without end. */
  async crowd(aim) {
    const answer = await this.call("OpenPorts", text(1, this.id));
    const addresses = [...answer.toString("latin1").matchAll(/127\.0\.0\.1:\d+/g)].map(([a]) => a);
    for (const from of this.nodes) {
      for (const to of this.nodes.filter((name) => name !== from)) {
        const link = [text(1, this.id), text(2, from), text(3, to), number(4, LATENCY_US)];
        await this.call("SetLink", Buffer.concat(link));
      }
    }
    const clients = addresses.map((address) => new Asker(address, Math.ceil(aim / 6)));
    await Promise.all(clients.map((client) => client.started));
    this.clients = clients;
    return { stop: () => clients.forEach((client) => client.stop()) };
  }

  /** How many requests of ours wait for an answer, seen several times. */
  async inFlight(times) {
    const seen = [];
    for (let time = 0; time < times; time += 1) {
      seen.push(this.clients.reduce((sum, client) => sum + client.waiting, 0));
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return seen;
  }

  async call(method, message) {
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(message.length, 1);
    const response = await fetch(`${this.url}/relevo.lab.v1.Lab/${method}`, {
      method: "POST",
      headers: { "content-type": "application/grpc-web+proto", "x-grpc-web": "1" },
      body: Buffer.concat([frame, message]),
    });
    const body = Buffer.from(await response.arrayBuffer());
    const status = response.headers.get("grpc-status") ?? body.toString("latin1").match(/grpc-status:\s*(\d+)/)?.[1];
    if (status !== "0") throw new Error(`${method}: status ${status}: ${response.headers.get("grpc-message")}`);
    return body;
  }
}

/** A ZooKeeper client that keeps a number of writes waiting. */
class Asker {
  constructor(address, window) {
    const [host, port] = address.split(":");
    this.socket = net.connect(Number(port), host);
    this.waiting = 0;
    this.window = window;
    this.xid = 0;
    this.unread = Buffer.alloc(0);
    const connect = Buffer.alloc(45);
    connect.writeUInt32BE(30_000, 12);
    connect.writeUInt32BE(16, 24);
    this.socket.write(framed(connect));
    this.started = until("a session opens", () => this.open);
    this.socket.on("data", (data) => this.read(data));
    this.socket.on("error", (error) => console.error(`a client of the bench: ${error.message}`));
  }

  read(data) {
    this.unread = Buffer.concat([this.unread, data]);
    while (this.unread.length >= 4 && this.unread.length >= 4 + this.unread.readUInt32BE(0)) {
      this.unread = this.unread.subarray(4 + this.unread.readUInt32BE(0));
      if (this.open) this.waiting -= 1;
      this.open = true;
    }
    while (this.open && this.waiting < this.window) this.ask();
  }

  /** Sets the data of the root, which is always there. */
  ask() {
    this.xid += 1;
    this.waiting += 1;
    const request = Buffer.alloc(8 + 5 + 8 + 4);
    request.writeInt32BE(this.xid, 0);
    request.writeInt32BE(5, 4);
    request.writeInt32BE(1, 8);
    request.write("/", 12);
    request.writeInt32BE(4, 13);
    request.writeInt32BE(this.xid, 17);
    request.writeInt32BE(-1, 21);
    this.socket.write(framed(request));
  }

  stop() {
    this.socket.destroy();
  }
}

function framed(record) {
  const frame = Buffer.alloc(4);
  frame.writeUInt32BE(record.length);
  return Buffer.concat([frame, record]);
}

function text(field, value) {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(field << 3) | 2, bytes.length]), bytes]);
}

function number(field, value) {
  const bytes = [field << 3];
  for (let rest = value; ; rest >>>= 7) {
    bytes.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) return Buffer.from(bytes);
  }
}
