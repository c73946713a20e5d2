/*
 * node-zookeeper-client, unmodified, against an ensemble.
 *
 * usage: node run.cjs HOST:PORT[,HOST:PORT...] [HTTP [LAB]]
 *
 * Needs what package-lock.json pins. With HTTP, the address of `relevo serve`, the server a client
 * is connected to is crashed by the control API. Prints `N passed, N failed, N skipped` and exits
 * with 1 on a failure.
 */
'use strict';

const assert = require('node:assert');
const zookeeper = require('node-zookeeper-client');

const PATIENCE_MS = 20_000;
const WHOLE_RUN_MS = 120_000;
const ROOT = `/node-${process.pid}`;
const { CreateMode, Exception, ACL, Permission, Id } = zookeeper;

const [servers, http, lab = 'main'] = process.argv.slice(2);
if (!servers) {
  console.error('usage: node run.cjs HOST:PORT[,HOST:PORT...] [HTTP [LAB]]');
  process.exit(2);
}

class Skip extends Error {}

const tests = [];
const clients = [];

/** Waits for a promise, with a deadline. */
function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    const error = new Error(`${what} did not happen within ${PATIENCE_MS / 1000} s`);
    timer = setTimeout(() => reject(error), PATIENCE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** A connected client. */
async function connect(hosts = servers, options = {}) {
  const client = zookeeper.createClient(hosts, {
    sessionTimeout: 8000,
    spinDelay: 200,
    retries: 5,
    ...options,
  });
  clients.push(client);
  const connected = new Promise((resolve) => client.once('connected', resolve));
  client.connect();
  await within(connected, 'the connection');
  return client;
}

/** A call as a promise; several results come as an array. */
function call(client, method, ...args) {
  const answered = new Promise((resolve, reject) => {
    client[method](...args, (error, ...results) => {
      if (error) reject(error);
      else resolve(results.length > 1 ? results : results[0]);
    });
  });
  return within(answered, `the answer to ${method}`);
}

async function fails(code, promise) {
  await assert.rejects(promise, (error) => {
    assert.strictEqual(error.code, Exception[code], `${error} is not ${code}`);
    return true;
  });
}

const test = (name, run) => tests.push({ name, run });

test('a znode is created, read, changed and deleted', async () => {
  const zk = await connect();
  const path = `${ROOT}/znode`;
  await call(zk, 'mkdirp', ROOT);
  assert.strictEqual(await call(zk, 'create', path, Buffer.from('one')), path);
  const [data, stat] = await call(zk, 'getData', path, null);
  assert.strictEqual(data.toString(), 'one');
  assert.strictEqual(stat.version, 0);
  assert.strictEqual(stat.dataLength, 3);
  const changed = await call(zk, 'setData', path, Buffer.from('three'), 0);
  assert.strictEqual(changed.version, 1);
  await fails('BAD_VERSION', call(zk, 'setData', path, Buffer.from('x'), 0));
  await fails('NODE_EXISTS', call(zk, 'create', path));
  await call(zk, 'create', `${path}/child`);
  await fails('NOT_EMPTY', call(zk, 'remove', path, -1));
  const [children] = await call(zk, 'getChildren', path, null);
  assert.deepStrictEqual(children, ['child']);
  await call(zk, 'removeRecursive', path, -1);
  assert.strictEqual(await call(zk, 'exists', path, null), null);
  await fails('NO_NODE', call(zk, 'getData', path, null));
});

test('null data stay null', async () => {
  const zk = await connect();
  await call(zk, 'mkdirp', ROOT);
  await call(zk, 'create', `${ROOT}/null`);
  const [data] = await call(zk, 'getData', `${ROOT}/null`, null);
  assert.ok(data === undefined || data === null || data.length === 0);
});

test('sequential znodes are numbered', async () => {
  const zk = await connect();
  await call(zk, 'mkdirp', `${ROOT}/seq`);
  for (let n = 0; n < 3; n += 1) {
    const path = await call(zk, 'create', `${ROOT}/seq/n-`, CreateMode.PERSISTENT_SEQUENTIAL);
    assert.strictEqual(path, `${ROOT}/seq/n-000000000${n}`);
  }
});

test('watches fire', async () => {
  const [zk, other] = [await connect(), await connect()];
  const path = `${ROOT}/watch`;
  await call(zk, 'mkdirp', path);
  await seenBy(other, path);
  const event = (method) => new Promise((resolve) => other[method](path, resolve, () => {}));
  const changed = event('getData');
  const grown = event('getChildren');
  await call(other, 'exists', path, null);
  await call(zk, 'setData', path, Buffer.from('1'), -1);
  await call(zk, 'create', `${path}/child`);
  assert.strictEqual((await within(changed, 'the data watch')).getName(), 'NODE_DATA_CHANGED');
  assert.strictEqual((await within(grown, 'the child watch')).getName(), 'NODE_CHILDREN_CHANGED');
});

test('an ephemeral vanishes with its session', async () => {
  const [zk, other] = [await connect(), await connect()];
  const path = `${ROOT}/ephemeral`;
  await call(zk, 'mkdirp', ROOT);
  await call(zk, 'create', path, CreateMode.EPHEMERAL);
  await seenBy(other, path);
  const gone = new Promise((resolve) => other.exists(path, resolve, () => {}));
  await call(other, 'exists', path, null);
  zk.close();
  assert.strictEqual((await within(gone, 'its end')).getName(), 'NODE_DELETED');
});

test('a transaction is whole or nothing', async () => {
  const zk = await connect();
  const path = `${ROOT}/multi`;
  await call(zk, 'mkdirp', path);
  const good = zk.transaction().check(path, 0).create(`${path}/a`, Buffer.from('x'));
  const results = await call(good.setData(path, Buffer.from('1'), -1), 'commit');
  assert.strictEqual(results[1].path, `${path}/a`);
  const bad = zk.transaction().create(`${path}/b`).remove(`${path}/absent`, -1);
  await assert.rejects(call(bad, 'commit'));
  assert.deepStrictEqual((await call(zk, 'getChildren', path, null))[0], ['a']);
});

test('an ACL keeps strangers out', async () => {
  const [owner, stranger] = [await connect(), await connect()];
  const path = `${ROOT}/acl`;
  await call(owner, 'mkdirp', ROOT);
  owner.addAuthInfo('digest', Buffer.from('me:secret'));
  const acls = [new ACL(Permission.ALL, new Id('auth', ''))];
  await call(owner, 'create', path, Buffer.from('mine'), acls, CreateMode.PERSISTENT);
  await seenBy(stranger, path);
  await fails('NO_AUTH', call(stranger, 'getData', path, null));
  const [data] = await call(owner, 'getData', path, null);
  assert.strictEqual(data.toString(), 'mine');
  const [kept] = await call(owner, 'getACL', path);
  assert.strictEqual(kept[0].id.scheme, 'digest');
});

test('a lock by ephemeral sequential znodes is held by one at a time', async () => {
  const contenders = [await connect(), await connect(), await connect()];
  await call(contenders[0], 'mkdirp', `${ROOT}/lock`);
  for (const client of contenders) await seenBy(client, `${ROOT}/lock`);
  let holding = 0;
  let turns = 0;
  const work = async (client) => {
    const mode = CreateMode.EPHEMERAL_SEQUENTIAL;
    const mine = await call(client, 'create', `${ROOT}/lock/l-`, mode);
    for (;;) {
      const [names] = await call(client, 'getChildren', `${ROOT}/lock`, null);
      const before = names.sort().filter((name) => `${ROOT}/lock/${name}` < mine).pop();
      if (!before) break;
      const path = `${ROOT}/lock/${before}`;
      await within(
        new Promise((resolve, reject) => {
          client.exists(path, resolve, (error, stat) => {
            if (error) reject(error);
            else if (!stat) resolve();
          });
        }),
        'the turn',
      );
    }
    holding += 1;
    assert.strictEqual(holding, 1);
    turns += 1;
    holding -= 1;
    await call(client, 'remove', mine, -1);
  };
  await Promise.all(contenders.map(work));
  assert.strictEqual(turns, 3);
});

test('a client fails over when its server is crashed', async () => {
  const list = servers.split(',');
  if (!http || list.length < 3) throw new Skip('nothing to crash a server with');
  const zk = await connect();
  await call(zk, 'mkdirp', ROOT);
  await call(zk, 'create', `${ROOT}/kept`, CreateMode.EPHEMERAL);
  const session = zk.getSessionId().toString('hex');
  const port = zk.connectionManager.socket.remotePort;
  const number = 1 + list.findIndex((server) => server.endsWith(`:${port}`));
  const lost = new Promise((resolve) => zk.once('disconnected', resolve));
  const again = new Promise((resolve) => zk.once('connected', resolve));
  await control('CrashNode', number);
  try {
    await within(lost, 'the loss of the connection');
    await within(again, 'the reconnection');
    assert.strictEqual(zk.getSessionId().toString('hex'), session);
    const stat = await call(zk, 'exists', `${ROOT}/kept`, null);
    assert.strictEqual(stat.ephemeralOwner.toString('hex'), session);
  } finally {
    await control('RestartNode', number);
    await connect(list[number - 1]);
  }
});

/** Waits until what another client has written is there on this client's server. */
async function seenBy(client, path) {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await call(client, 'exists', path, null))) {
    assert.ok(Date.now() < deadline, `${path} has not appeared`);
  }
}

/** Asks the control API, in gRPC-web: a framed message of two strings. */
async function control(method, number) {
  const text = (field, value) => [(field << 3) | 2, value.length, ...Buffer.from(value)];
  const message = Buffer.from([...text(1, lab), ...text(2, `zookeeper-${number}`)]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  const response = await fetch(`${http.replace(/\/$/, '')}/relevo.lab.v1.Lab/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/grpc-web+proto', 'x-grpc-web': '1' },
    body: Buffer.concat([head, message]),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const said = Buffer.from(await response.arrayBuffer()).toString('latin1');
  const status = response.headers.get('grpc-status') ?? /grpc-status: ?(\d+)/.exec(said)?.[1];
  assert.strictEqual(status, '0', `${method} was refused with gRPC status ${status}`);
}

async function main() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  setTimeout(() => {
    console.log(`FAILED: the run took longer than ${WHOLE_RUN_MS / 1000} s`);
    console.log(`${counts.passed} passed, ${counts.failed + 1} failed, ${counts.skipped} skipped`);
    process.exit(1);
  }, WHOLE_RUN_MS).unref();
  for (const { name, run } of tests) {
    let outcome = 'passed';
    try {
      await run();
    } catch (error) {
      outcome = error instanceof Skip ? 'skipped' : 'failed';
      console.log(error instanceof Skip ? error.message : error.stack ?? error);
    }
    counts[outcome] += 1;
    console.log(`${outcome}: ${name}`);
    clients.splice(0).forEach((client) => client.close());
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exit(counts.failed ? 1 : 0);
}

main();
