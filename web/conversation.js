// One visitor in one room: what is said, what comes in, and what the log shows of it.

import { ChatSocket } from './chat-socket.js';
import { readFrame } from './frames.js';
import { Requests } from './requests.js';

const REMEMBERED_IDS = 1_000;
const REMEMBERED_NAMES = 500;
const TOKEN_EXPIRED = 401;

export class Conversation {
  #socket; #log; #self;
  #requests = new Requests();
  #seen = new Set();
  #names = new Map();

  /**
   * @param {object} tokens see tokens.js
   * @param {import('./message-log.js').MessageLog} log
   * @param {{userId: string, name: string}} self who speaks; empty with a token made elsewhere, then the first own message tells
   * @param {(state: import('./chat-socket.js').State) => void} onState
   */
  constructor({ tokens, log, self, onState }) {
    this.#log = log;
    this.#self = self;
    this.#socket = new ChatSocket({
      tokens,
      onText: (text) => this.#receive(readFrame(text)),
      onState: (state) => {
        if (state.name !== 'connected') this.#requests.lose();
        onState(state);
      },
    });
  }

  /** Sends a message. False if there is no connection; then nothing is shown either. */
  say(content) {
    const shown = { entry: null };
    const requestId = this.#request('SEND_MESSAGE', { Content: content }, (outcome) => this.#settleMessage(shown.entry, outcome, content, requestId));
    if (!requestId) return false;
    shown.entry = this.#log.addPending({ content, ...this.#self });
    return true;
  }

  deleteMessage(id) {
    const sent = this.#request('DELETE_MESSAGE', { Id: id }, (outcome) => this.#settleModeration('The message was not deleted', outcome));
    if (!sent) this.#log.notice('The message was not deleted: there is no connection.');
  }

  disconnectUser(userId) {
    const sent = this.#request('DISCONNECT_USER', { UserId: userId }, (outcome) => this.#settleModeration('Nobody was disconnected', outcome));
    if (!sent) this.#log.notice('Nobody was disconnected: there is no connection.');
  }

  reconnect() { this.#socket.connect(); }

  close() {
    this.#requests.lose();
    this.#socket.close();
  }

  #request(action, fields, settle) {
    const requestId = this.#requests.begin(settle);
    if (this.#socket.send(JSON.stringify({ Action: action, RequestId: requestId, ...fields }))) return requestId;
    this.#requests.forget(requestId);
    return null;
  }

  #settleMessage(entry, outcome, content, requestId) {
    if (outcome.kind === 'accepted') {
      const { userId, name } = outcome.frame;
      if (userId !== this.#self.userId) Object.assign(this.#self, { userId, name });
      return entry.settle(outcome.frame);
    }
    const drop = () => {
      this.#requests.forget(requestId);
      entry.remove();
    };
    entry.fail(explain(outcome), {
      doubtful: outcome.kind === 'unanswered' || outcome.kind === 'lost',
      discard: drop,
      retry: () => { if (this.say(content)) drop(); },
    });
  }

  #settleModeration(failure, outcome) {
    if (outcome.kind !== 'accepted') this.#log.notice(`${failure}. ${explain(outcome)}`);
  }

  #receive(frame) {
    if (frame.id && !this.#isNew(frame.id)) return;
    switch (frame.kind) {
      case 'message': return this.#receiveMessage(frame);
      case 'error': return this.#receiveError(frame);
      case 'gateway-error':
        if (!this.#requests.failOldest()) this.#log.notice('The server failed to handle a request.');
        return;
      case 'unknown': return;
    }
    this.#requests.settle(frame.requestId, { kind: 'accepted', frame });
    if (frame.kind === 'deleted') {
      this.#isNew(frame.messageId); // should the message itself come later, it stays away
      this.#log.markDeleted(frame.messageId, frame.reason);
    } else if (frame.kind === 'disconnected') {
      this.#receiveDisconnection(frame);
    } else {
      this.#log.notice(`Event: ${frame.name}`);
    }
  }

  #receiveMessage(frame) {
    remember(this.#names, frame.userId, frame.name, REMEMBERED_NAMES);
    if (this.#requests.settle(frame.requestId, { kind: 'accepted', frame })) return;
    this.#log.add(frame, { own: this.#isSelf(frame.userId) });
  }

  #receiveError(frame) {
    const ours = this.#requests.settle(frame.requestId, { kind: 'refused', code: frame.code, message: frame.message });
    if (frame.code === TOKEN_EXPIRED) this.#socket.renew(frame.message);
    else if (!ours) this.#log.notice(`The server reports an error: ${frame.message} (${frame.code})`);
  }

  #receiveDisconnection({ userId, reason }) {
    const because = reason ? `: ${reason}` : '.';
    if (this.#isSelf(userId)) {
      this.#log.notice(`You were disconnected from this room${because}`);
      this.#socket.stop('You were disconnected from this room.');
    } else {
      this.#log.notice(`${this.#names.get(userId) ?? 'Somebody'} was disconnected${because}`);
    }
  }

  #isSelf(userId) {
    return userId !== '' && userId === this.#self.userId;
  }

  // Delivery is at least once; a repeated frame has the same Id.
  #isNew(id) {
    if (this.#seen.has(id)) return false;
    this.#seen.add(id);
    if (this.#seen.size > REMEMBERED_IDS) this.#seen.delete(this.#seen.values().next().value);
    return true;
  }
}

function remember(map, key, value, limit) {
  map.delete(key);
  map.set(key, value);
  if (map.size > limit) map.delete(map.keys().next().value);
}

function explain(outcome) {
  switch (outcome.kind) {
    case 'refused': return `Refused: ${outcome.message} (${outcome.code})`;
    case 'failed': return 'The server failed to handle this.';
    case 'unanswered': return 'No answer yet. It may or may not have arrived.';
    default: return 'The connection was lost. It may or may not have arrived.';
  }
}
