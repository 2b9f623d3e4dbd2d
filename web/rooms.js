// The rooms that this browser knows, shared by all its tabs, and the way from a name or an ARN to a living room.

import { exclusively, load, save } from './storage.js';

const KEY = 'parlor.rooms';
const REMEMBERED_ROOMS = 50;
// ListRooms reads an index that follows the table of rooms within about a second.
const INDEX_DELAY_MS = 1_000;
const INDEX_READS = 5;
const ARN = /^arn:aws:ivschat:[a-z0-9-]+:[0-9]+:room\/[a-zA-Z0-9-]+$/;

/** The room for visitors who ask for none. */
export const DEFAULT_ROOM = 'lobby';

export class Rooms {
  #control;

  constructor(control) { this.#control = control; }

  /** @returns {{arn: string, name: string}[]} */
  list() {
    const stored = load('localStorage', KEY);
    return Array.isArray(stored) ? stored.filter((room) => ARN.test(room?.arn) && typeof room.name === 'string') : [];
  }

  /** Calls back when another tab changes the list. */
  onChange(callback) {
    addEventListener('storage', (event) => { if (event.key === KEY || event.key === null) callback(); });
  }

  forget(arn) {
    save('localStorage', KEY, this.list().filter((room) => room.arn !== arn));
  }

  /**
   * Opens the room of an ARN. If the server no longer has it, a known room is replaced by the room of the same name, and
   * an unknown one by the default room.
   * @param {string} arn
   * @param {string} [name] its name, if the caller knows it: another tab may have forgotten the room just now
   * @returns {Promise<{room: object, instead: 'same name' | 'default room' | null}>}
   */
  async openArn(arn, name = this.#nameOf(arn)) {
    const room = await this.#living(arn);
    if (room) return { room: this.#remember(room), instead: null };
    return name
      ? { room: await this.openName(name), instead: 'same name' }
      : { room: await this.openName(DEFAULT_ROOM), instead: 'default room' };
  }

  /**
   * Opens the oldest room of that name on the server, or creates one if no room has the name. All browsers get the same
   * room. Tabs take turns, so a browser creates one room at most.
   */
  openName(name) {
    return exclusively(KEY, async () => {
      const found = await this.#oldest(name, await this.#control.listRooms(name));
      if (found && ageOf(found) > INDEX_DELAY_MS) return this.#remember(found);
      return this.#remember(await this.#settle(name, found ?? await this.#control.createRoom(name)));
    });
  }

  /**
   * Waits until the index shows a new room, and finds the oldest room then: another browser may have created a room of
   * that name at the same moment. A surplus room is not deleted, because a third browser may have opened it already.
   */
  async #settle(name, young) {
    let listed = [];
    for (let reads = 0; reads < INDEX_READS && !includes(listed, young); reads += 1) {
      await pause(INDEX_DELAY_MS);
      listed = await this.#control.listRooms(name);
    }
    return await this.#oldest(name, [...listed, young]) ?? young;
  }

  /** Finds the oldest room of that name among the listed rooms and those that this browser knows. */
  async #oldest(name, listed) {
    // The index may not show a known room yet.
    const unlisted = this.list().filter((room) => room.name === name && !includes(listed, room));
    const known = await Promise.all(unlisted.map(({ arn }) => this.#living(arn)));
    for (const { arn } of [...listed, ...known].filter((room) => room?.name === name).sort(byAge)) {
      // The index may still show a deleted or renamed room, and it does not contain the limits of a room.
      const room = await this.#living(arn);
      if (room?.name === name) return room;
    }
    return null;
  }

  #nameOf(arn) {
    return this.list().find((room) => room.arn === arn)?.name;
  }

  /** Reads a room from the server. `null` if the server no longer has it: then this browser forgets it, too. */
  async #living(arn) {
    try {
      return await this.#control.getRoom(arn);
    } catch (error) {
      if (!error.notFound) throw error;
      this.forget(arn);
      return null;
    }
  }

  #remember(room) {
    const rooms = this.list();
    if (!includes(rooms, room)) {
      rooms.push({ arn: room.arn, name: room.name || room.id });
      save('localStorage', KEY, rooms.slice(-REMEMBERED_ROOMS));
    }
    return room;
  }
}

function includes(rooms, { arn }) {
  return rooms.some((room) => room.arn === arn);
}

// Compares the server's clock with this one. If they differ, a pause may be missing or unnecessary.
function ageOf(room) {
  return Date.now() - Date.parse(room.createTime);
}

// An order that is the same in every browser. Two rooms may be created in the same millisecond.
function byAge(a, b) {
  return Date.parse(a.createTime) - Date.parse(b.createTime) || (a.arn < b.arn ? -1 : 1);
}

function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}

/** The room ARN in a fragment such as `#room=arn:…`, or `null`. */
export function arnOf(fragment) {
  const arn = new URLSearchParams(fragment.replace(/^#/, '')).get('room');
  return arn && ARN.test(arn) ? arn : null;
}

/** The fragment that leads to a room. */
export function fragmentOf(arn) {
  return `#room=${arn}`;
}
