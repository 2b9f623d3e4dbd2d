// A control plane, and people who sit in its rooms: the AWS SDK and the Chat Client Messaging SDK, both unmodified.

import { CreateChatTokenCommand, CreateRoomCommand, IvschatClient } from '@aws-sdk/client-ivschat';
import WebSocket from 'ws';

import { equal, eventually, within } from './checks.mjs';

/** When connections were opened, in milliseconds of `Date.now()`: the SDK does not tell of its second ones. */
export const openings = [];
/** The same by their tokens. */
export const openedWith = new Map();
/** When a client was told that its time is over, in the same milliseconds. */
export const expirations = [];

// The SDK is made for browsers. Node has a WebSocket of its own only since version 22.
globalThis.WebSocket = class extends WebSocket {
  constructor(url, token) {
    super(url, token);
    this.addEventListener('open', () => {
      openings.push(Date.now());
      openedWith.set(token, Date.now());
    });
    this.addEventListener('message', ({ data }) => {
      if (JSON.parse(data).ErrorCode === 401) expirations.push(Date.now());
    });
  }
};
const { ChatRoom } = await import('amazon-ivs-chat-messaging');

const { CONTROL_ENDPOINT, WEBSOCKET_URL } = process.env;

const client = new IvschatClient({ region: 'us-east-1', endpoint: CONTROL_ENDPOINT, signingName: 'execute-api' });

/** Everything that the messaging SDK could not make sense of, from all people. */
export const misunderstood = [];

/** Calls an operation of the control plane. */
export function call(command) {
  return within('the answer of the control plane', client.send(command));
}

/** Makes a room: its ARN. It takes many messages a second unless told otherwise. */
export async function newRoom(members = {}) {
  return (await call(new CreateRoomCommand({ maximumMessageRatePerSecond: 100, ...members }))).arn;
}

/** Makes a token, as a token provider has to answer. */
export async function newToken(room, userId, { capabilities = ['SEND_MESSAGE'], ...members } = {}) {
  const command = new CreateChatTokenCommand({ roomIdentifier: room, userId, capabilities, ...members });
  const { token, tokenExpirationTime, sessionExpirationTime } = await call(command);
  return { token, tokenExpirationTime, sessionExpirationTime };
}

/** Somebody who remembers everything that happens. */
export class Person {
  /** `provideToken` is the SDK's token provider. */
  constructor(provideToken) {
    this.tokensAskedFor = 0;
    this.happened = [];
    this.chat = new ChatRoom({
      regionOrUrl: WEBSOCKET_URL,
      tokenProvider: () => {
        this.tokensAskedFor += 1;
        return provideToken(this.tokensAskedFor);
      },
    });
    this.chat.logLevel = 'error';
    this.chat.logger = { debug() {}, info() {}, error: (...words) => complain(words) };
    for (const name of ['connecting', 'connect', 'disconnect', 'message', 'event', 'messageDelete', 'userDisconnect']) {
      this.chat.addListener(name, (what) => this.happened.push({ name, what, at: Date.now() }));
    }
  }

  /** Somebody who is in the room already. */
  static async join(room, userId, options) {
    const person = new Person(() => newToken(room, userId, options));
    person.chat.connect();
    await eventually('the connection', () => person.chat.state === 'connected');
    return person;
  }

  /** What happened under a name so far. */
  all(name) {
    return this.happened.filter((one) => one.name === name).map((one) => one.what);
  }

  /** Waits for the first of this name. */
  async first(name, isWanted = () => true) {
    const found = () => this.happened.find((one) => one.name === name && isWanted(one.what));
    return (await eventually(`"${name}"`, found)).what;
  }
}

/** Waits until the request is refused: its code and its text. */
export async function refusal(request) {
  let answer;
  try {
    answer = await within('the refusal', request);
  } catch (error) {
    equal(typeof error.id === 'string' && error.id.length, 12);
    return { code: error.errorCode, text: error.errorMessage };
  }
  throw new Error(`it was not refused: ${JSON.stringify(answer)}`);
}

// Refusals, closed and refused connections belong to the checks; everything else is a frame that the SDK does not know.
function complain([sentence, ...details]) {
  if (!/received error|did receive WebSocket "error" event/.test(sentence)) {
    misunderstood.push({ sentence, details });
  }
}
