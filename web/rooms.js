// The rooms that this browser knows, shared by all its tabs, and the way from a name or an ARN to a living room.

import { exclusively, load, save } from './storage.js';

const KEY = 'parlor.rooms';
const REMEMBERED_ROOMS = 50;
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
   * Finds the room of an ARN. If the server has it no longer, a known room is found or made anew under its name, and
   * an unknown one becomes the default room.
   * @param {string} arn
   * @param {string} [name] its name, if the caller knows it: another tab may have forgotten the room just now
   * @returns {Promise<{room: object, instead: 'same name' | 'default room' | null}>}
   */
  async openArn(arn, name = this.#nameOf(arn)) {
    const room = await this.#living(arn);
    if (room) return { room, instead: null };
    this.forget(arn);
    return name
      ? { room: await this.openName(name), instead: 'same name' }
      : { room: await this.openName(DEFAULT_ROOM), instead: 'default room' };
  }

  /** Finds a remembered room of that name that still exists, or creates one. Tabs take turns, so they all get the same. */
  openName(name) {
    return exclusively(KEY, async () => {
      for (const { arn } of this.list().filter((room) => room.name === name)) {
        const room = await this.#living(arn);
        if (room) return room;
        this.forget(arn);
      }
      return this.#remember(await this.#control.createRoom(name));
    });
  }

  #nameOf(arn) {
    return this.list().find((room) => room.arn === arn)?.name;
  }

  async #living(arn) {
    try {
      return this.#remember(await this.#control.getRoom(arn));
    } catch (error) {
      if (error.notFound) return null;
      throw error;
    }
  }

  #remember(room) {
    const rooms = this.list();
    if (!rooms.some(({ arn }) => arn === room.arn)) {
      rooms.push({ arn: room.arn, name: room.name || room.id });
      save('localStorage', KEY, rooms.slice(-REMEMBERED_ROOMS));
    }
    return room;
  }
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
