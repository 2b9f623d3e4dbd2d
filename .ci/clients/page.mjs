// How the page finds the room of a name. The modules of `web` run here without a browser, first against the local stack
// through the page's server, then against a control plane with a slow index.
//
// Environment: PAGE_CONTROL, the base URL of the control operations on the page's server.

import { AsyncLocalStorage } from 'node:async_hooks';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';

import { check, equal, runChecks } from './checks.mjs';
import { ControlPlane, postJson } from './web/control.js';
import { Rooms } from './web/rooms.js';
import { OwnTokens } from './web/tokens.js';

const { PAGE_CONTROL } = process.env;
const BROWSERS = 4;
const IN_THE_PAST = '2024-05-06T07:08:09Z';
const NEVER = Infinity;

// All browsers run in this process, and each has a local storage of its own. None has locks, as on a page without HTTPS.
const storage = new AsyncLocalStorage();
globalThis.window = { get localStorage() { return storage.getStore(); } };
Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });

class Browser {
  #storage; #rooms; #control;

  constructor(control, { blocksStorage = false } = {}) {
    const items = new Map();
    const area = { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value) };
    this.#storage = blocksStorage ? null : area;
    this.#control = control;
    this.#rooms = new Rooms(control);
  }

  openName(name) { return this.#run(() => this.#rooms.openName(name)); }
  openArn(arn) { return this.#run(() => this.#rooms.openArn(arn)); }
  list() { return this.#run(() => this.#rooms.list()); }

  /** Gets a token for the room of that name, and another token for the reconnection. */
  connectTwice(name) {
    const stack = { webSocketUrl: 'ws://127.0.0.1', control: this.#control };
    const identity = { userId: 'ada', name: 'Ada' };
    const tokens = new OwnTokens({ stack, rooms: this.#rooms, identity, wanted: { name }, onRoom() {} });
    return this.#run(async () => [await tokens.next(), await tokens.next()]);
  }

  #run(work) { return storage.run(this.#storage, work); }
}

/**
 * A control plane on loopback. A new room exists after its `writeDelays` and is listed `indexDelays` later, in milliseconds.
 * The first answers of ListRooms, `together` in number, are sent at the same time.
 */
class SlowControlPlane {
  rooms = [];
  calls = [];
  #created = 0; #pageRooms; #writeDelays; #indexDelays; #together;

  static async start({ pageRooms = 50, writeDelays = [], indexDelays = [], together = 0, rooms = [] } = {}) {
    const plane = new SlowControlPlane();
    plane.#pageRooms = pageRooms;
    plane.#writeDelays = writeDelays;
    plane.#indexDelays = indexDelays;
    plane.#together = together && barrier(together);
    for (const room of rooms) plane.rooms.push({ createTime: IN_THE_PAST, listedAt: 0, listedName: room.name, ...room });
    const server = createServer(async (request, response) => {
      const answer = await plane.#answer(request.url.slice(1), await json(request));
      response.writeHead(answer ? 200 : 404, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer ?? { message: 'not found' }));
    });
    server.unref();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    plane.control = new ControlPlane(`http://127.0.0.1:${server.address().port}`);
    return plane;
  }

  count(operation) { return this.calls.filter((call) => call === operation).length; }

  #answer(operation, body) {
    this.calls.push(operation);
    switch (operation) {
      case 'CreateRoom': return this.#create(body.name);
      case 'GetRoom': return this.#get(body.identifier);
      case 'ListRooms': return this.#list(body);
      case 'CreateChatToken': return { token: 'token' };
      default: throw new Error(`the page called ${operation}`);
    }
  }

  async #create(name) {
    const number = this.#created++;
    const room = { arn: newArn(`Created${number}`), name, createTime: new Date().toISOString() };
    await pause(this.#writeDelays[number] ?? 0);
    this.rooms.push({ ...room, listedAt: Date.now() + (this.#indexDelays[number] ?? 0), listedName: name });
    return room;
  }

  #get(arn) {
    const room = this.rooms.find((one) => one.arn === arn && !one.isDeleted);
    return room && { arn, name: room.name, createTime: room.createTime, maximumMessageLength: 500 };
  }

  // The filter applies to a page of all rooms, as in the chat: a page may be empty although more pages follow.
  async #list({ name, nextToken }) {
    const start = Number(nextToken ?? 0);
    const page = this.rooms.filter(({ listedAt }) => listedAt <= Date.now()).slice(start, start + this.#pageRooms);
    const rooms = page.filter(({ listedName }) => listedName === name);
    if (this.#together) await this.#together();
    return {
      rooms: rooms.map(({ arn, createTime }) => ({ arn, name, createTime })),
      nextToken: page.length === this.#pageRooms ? String(start + page.length) : undefined,
    };
  }
}

const stack = new ControlPlane(PAGE_CONTROL);
let names = 0;
const newName = () => `page-${process.pid}-${names++}`;
const newArn = (id) => `arn:aws:ivschat:us-east-1:123456789012:room/${id}`;
const newBrowsers = (control) => Array.from({ length: BROWSERS }, () => new Browser(control));
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Returns a function whose callers wait until it was called so many times. */
function barrier(calls) {
  let open;
  const opened = new Promise((resolve) => { open = resolve; });
  return () => {
    calls -= 1;
    if (calls <= 0) open();
    return opened;
  };
}

/** Returns the ARN of all the rooms, and fails if they differ. */
function sameArn(rooms) {
  const [{ arn }] = rooms;
  equal(rooms.map((room) => room.arn), rooms.map(() => arn));
  return arn;
}

check('a browser opens the room that another browser created', async () => {
  const [ada, ben] = newBrowsers(stack);
  const name = newName();
  const room = await ada.openName(name);
  equal(room.name, name);
  equal(await ben.openName(name), room);
});

check('browsers that open a name at the same time are in the same room', async () => {
  const browsers = newBrowsers(stack);
  const name = newName();
  const arn = sameArn(await Promise.all(browsers.map((browser) => browser.openName(name))));
  for (const browser of browsers) equal(browser.list(), [{ arn, name }]);
});

check('browsers whose room no longer exists meet in another room of that name', async () => {
  const browsers = newBrowsers(stack);
  const name = newName();
  const arn = sameArn(await Promise.all(browsers.map((browser) => browser.openName(name))));
  await postJson(`${PAGE_CONTROL}/DeleteRoom`, { identifier: arn }).catch(() => {});

  const opened = await Promise.all(browsers.map((browser) => browser.openArn(arn)));

  const other = sameArn(opened.map(({ room }) => room));
  equal(opened.map(({ instead }) => instead), browsers.map(() => 'same name'));
  equal(other === arn, false);
  for (const browser of browsers) equal(browser.list(), [{ arn: other, name }]);
});

check('a browser shows no room that it did not open', async () => {
  const [ada, ben] = newBrowsers(stack);
  await ada.openName(newName());
  const { arn, name } = await ben.openName(newName());
  equal(ben.list(), [{ arn, name }]);
});

check('the room of a name is found on the last page, after empty pages', async () => {
  const others = Array.from({ length: 6 }, (_, number) => ({ arn: newArn(`Other${number}`), name: 'other' }));
  const plane = await SlowControlPlane.start({ pageRooms: 2, rooms: [...others, { arn: newArn('Lobby'), name: 'lobby' }] });
  const { arn, maximumMessageLength } = await new Browser(plane.control).openName('lobby');
  equal([arn, maximumMessageLength], [newArn('Lobby'), 500]);
  equal([plane.count('ListRooms'), plane.count('CreateRoom')], [4, 0]);
});

check('of several rooms of a name, the oldest is opened, and the first by ARN if two are equally old', async () => {
  const name = 'lobby';
  const rooms = [
    { arn: newArn('A'), name, createTime: '2024-05-06T07:08:09.1Z' },
    { arn: newArn('c'), name, createTime: '2024-05-06T07:08:09Z' },
    { arn: newArn('B'), name, createTime: '2024-05-06T07:08:09Z' },
    { arn: newArn('D'), name, createTime: '2024-05-06T07:08:10Z' },
  ];
  for (const order of [rooms, [...rooms].reverse()]) {
    const plane = await SlowControlPlane.start({ pageRooms: 3, rooms: order });
    equal((await new Browser(plane.control).openName(name)).arn, newArn('B'));
  }
});

check('a room of another name is not opened, whatever the server lists', async () => {
  const plane = await SlowControlPlane.start({
    rooms: [
      { arn: newArn('Deleted'), name: 'lobby', isDeleted: true },
      { arn: newArn('Renamed'), name: 'other', listedName: 'lobby' },
      { arn: newArn('Lobby'), name: 'lobby', createTime: '2024-05-06T07:08:10Z' },
    ],
  });
  const browser = new Browser(plane.control);
  equal((await browser.openName('lobby')).arn, newArn('Lobby'));
  equal(browser.list(), [{ arn: newArn('Lobby'), name: 'lobby' }]);
});

check('a race ends in the oldest room, even if it is written or listed last', async () => {
  for (const delays of [
    { writeDelays: [600, 0] }, { indexDelays: [800, 100] }, { indexDelays: [100, 800] }, { indexDelays: [1_500, 1_500, 1_500] },
  ]) {
    const plane = await SlowControlPlane.start({ ...delays, together: 2 });
    const [ada, ben, zoe] = newBrowsers(plane.control);
    // Zoe opens the page before both rooms are listed.
    const third = pause(400).then(() => zoe.openName('lobby'));
    const rooms = await Promise.all([ada.openName('lobby'), ben.openName('lobby'), third]);
    equal(sameArn(rooms), newArn('Created0'));
    equal(plane.rooms.length >= 2, true);
    for (const browser of [ada, ben, zoe]) equal(browser.list(), [{ arn: newArn('Created0'), name: 'lobby' }]);
  }
});

check('a room that the index never shows is the room of the browser that created it', async () => {
  for (const blocksStorage of [false, true]) {
    const plane = await SlowControlPlane.start({ indexDelays: [NEVER, NEVER] });
    const browser = new Browser(plane.control, { blocksStorage });
    equal((await browser.openName('lobby')).arn, newArn('Created0'));
    if (blocksStorage) continue;
    equal((await browser.openName('lobby')).arn, newArn('Created0'));
    equal(plane.count('CreateRoom'), 1);
  }
});

check('a reconnection lists no rooms', async () => {
  const plane = await SlowControlPlane.start({ rooms: [{ arn: newArn('Lobby'), name: 'lobby' }] });
  await new Browser(plane.control).connectTwice('lobby');
  equal(plane.calls, ['ListRooms', 'GetRoom', 'CreateChatToken', 'GetRoom', 'CreateChatToken']);
});

await runChecks();
