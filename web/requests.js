// Requests that went out and what became of them. The protocol has no acknowledgement of its own: an accepted
// request comes back as a MESSAGE or an EVENT with its RequestId, a refused one as an ERROR with it.

import { randomId } from './random.js';

const ANSWER_EXPECTED_WITHIN_MS = 10_000;
// Settled doubts are kept for late answers, but not without end.
const REMEMBERED_REQUESTS = 200;

/**
 * @typedef {{kind: 'accepted', frame: object} | {kind: 'refused', code: number, message: string}
 *   | {kind: 'failed'} | {kind: 'unanswered'} | {kind: 'lost'}} Outcome
 * `unanswered` and `lost` are doubts: `accepted` or `refused` may still follow.
 */
export class Requests {
  /** @type {Map<string, {settle: (outcome: Outcome) => void, timer: number, waiting: boolean}>} */
  #entries = new Map();

  /** Opens a request and returns its RequestId. `settle` hears the outcome. */
  begin(settle) {
    const requestId = randomId();
    const entry = { settle, waiting: true, timer: setTimeout(() => this.#doubt(entry, 'unanswered'), ANSWER_EXPECTED_WITHIN_MS) };
    this.#entries.set(requestId, entry);
    if (this.#entries.size > REMEMBERED_REQUESTS) this.#forgetOldest();
    return requestId;
  }

  /** Gives a request its final outcome. False if the request is not ours, or settled already. */
  settle(requestId, outcome) {
    const entry = this.#entries.get(requestId);
    if (!entry) return false;
    this.forget(requestId);
    entry.settle(outcome);
    return true;
  }

  /** For an error that names no request: it belongs to the one that has waited longest. */
  failOldest() {
    for (const [requestId, entry] of this.#entries) {
      if (entry.waiting) return this.settle(requestId, { kind: 'failed' });
    }
    return false;
  }

  /** The connection is gone; whatever waits for an answer may or may not have arrived. */
  lose() {
    for (const entry of this.#entries.values()) this.#doubt(entry, 'lost');
  }

  forget(requestId) {
    clearTimeout(this.#entries.get(requestId)?.timer);
    this.#entries.delete(requestId);
  }

  #forgetOldest() {
    const [requestId, entry] = this.#entries.entries().next().value;
    this.#doubt(entry, 'unanswered');
    this.forget(requestId);
  }

  #doubt(entry, kind) {
    if (!entry.waiting) return;
    entry.waiting = false;
    clearTimeout(entry.timer);
    entry.settle({ kind });
  }
}
