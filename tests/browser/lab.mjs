// The control API as a bench needs it: gRPC-web by hand, since three calls need no generated
// client.
import net from "node:net";
import { until } from "./house.mjs";

/** How slow the links become, so that messages stay in flight. */
const LATENCY_US = 400_000;
/** A server takes 60 connections from one address: a crowd comes from so many. */
const HOMES = 10;

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

  /** Slows the links down, and has clients of our own write so many times a second, all together:
   * steadily, whatever waits for an answer. */
  async crowd(clients, rate) {
    const answer = await this.call("OpenPorts", text(1, this.id));
    const addresses = [...answer.toString("latin1").matchAll(/127\.0\.0\.1:\d+/g)].map(([a]) => a);
    for (const from of this.nodes) {
      for (const to of this.nodes.filter((name) => name !== from)) {
        const link = [text(1, this.id), text(2, from), text(3, to), number(4, LATENCY_US)];
        await this.call("SetLink", Buffer.concat(link));
      }
    }
    const asker = (_, at) => new Asker(addresses[at % addresses.length], `127.0.0.${2 + (at % HOMES)}`);
    const crowd = new Crowd(Array.from({ length: clients }, asker), rate);
    await Promise.all(crowd.askers.map((asker) => asker.started));
    return crowd;
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

/** Clients that write in turn, at a rate of them all together. */
class Crowd {
  constructor(askers, rate) {
    Object.assign(this, { askers, rate, due: performance.now(), turn: 0 });
    this.timer = setInterval(() => this.go(), 20);
  }

  go() {
    for (; this.due < performance.now(); this.due += 1000 / this.rate) {
      this.turn = (this.turn + 1) % this.askers.length;
      this.askers[this.turn].ask();
    }
  }

  /** Changes the rate until about `aim` messages are seen, again and again. */
  async steer(aim, seen) {
    for (let steady = 0; steady < 2; ) {
      // So long a message flies in real time, and a write's last one follows its first.
      await new Promise((resolve) => setTimeout(resolve, 12_000));
      const share = aim / Math.max(1, Math.min(await seen(), 2 * aim));
      steady = share > 0.9 && share < 1.1 ? steady + 1 : 0;
      if (!steady) this.rate *= Math.max(0.5, Math.min(2, share));
    }
  }

  stop() {
    clearInterval(this.timer);
    for (const asker of this.askers) asker.socket.destroy();
  }
}

/** A ZooKeeper client that writes without waiting for answers. */
class Asker {
  constructor(address, localAddress) {
    const [host, port] = address.split(":");
    this.socket = net.connect({ port: Number(port), host, localAddress });
    this.xid = 0;
    const connect = Buffer.alloc(45);
    connect.writeUInt32BE(30_000, 12);
    connect.writeUInt32BE(16, 24);
    this.socket.write(framed(connect));
    this.started = until("a session opens", () => this.open);
    this.socket.on("data", () => (this.open = true));
    this.socket.on("error", (error) => console.error(`a client of the bench: ${error.message}`));
  }

  /** Sets the data of the root, which is always there. */
  ask() {
    if (!this.open) return;
    this.xid += 1;
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
