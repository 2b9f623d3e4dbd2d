// Where chat tokens come from. A token opens one connection once, so each attempt to connect asks for the next one:
// `next()` gives the address and the token; `spent` says that only the visitor can provide another.

import { postJson, tokenRequest } from './control.js';

/** Tokens from the backend behind this page. Finds the room anew each time, so it also survives a server that forgot it. */
export class OwnTokens {
  spent = false;
  #stack; #rooms; #identity; #wanted; #onRoom;

  /** @param {{arn: string, name?: string} | {name: string}} wanted */
  constructor({ stack, rooms, identity, wanted, onRoom }) {
    this.#stack = stack;
    this.#rooms = rooms;
    this.#identity = identity;
    this.#wanted = wanted;
    this.#onRoom = onRoom;
  }

  async next() {
    const { room, instead } = this.#wanted.arn
      ? await this.#rooms.openArn(this.#wanted.arn, this.#wanted.name)
      : { room: await this.#rooms.openName(this.#wanted.name), instead: null };
    this.#wanted = { arn: room.arn, name: room.name };
    this.#onRoom(this, room, instead);
    const { token } = await this.#stack.control.createChatToken(room.arn, this.#identity);
    return { url: this.#stack.webSocketUrl, token };
  }
}

/** One token that the visitor pasted, until the next one is pasted. */
export class PastedToken {
  spent = false;
  #url; #token;

  constructor(url, token) {
    this.#url = url;
    this.#token = token;
  }

  /** Takes another token for the same address. False if this is not the address. */
  provide(url, token) {
    if (url !== this.#url) return false;
    this.#token = token;
    this.spent = false;
    return true;
  }

  async next() {
    const token = this.#token;
    this.#token = '';
    this.spent = true;
    return { url: this.#url, token };
  }
}

/** Tokens from a service of the visitor's: any address that takes the body of CreateChatToken and answers its result. */
export class ServiceTokens {
  spent = false;
  #url; #service; #room; #identity;

  constructor({ url, service, room, identity }) {
    this.#url = url;
    this.#service = service;
    this.#room = room;
    this.#identity = identity;
  }

  async next() {
    const { token } = await postJson(this.#service, tokenRequest(this.#room, this.#identity));
    return { url: this.#url, token };
  }
}
