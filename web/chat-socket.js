// One lasting connection made of many short ones: each attempt takes a new token, and a lost connection is retried
// for ever, ever more slowly.

const OPEN_WITHIN_MS = 15_000;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;
// A connection that lasted this long was a good one: the next attempt starts from the shortest delay.
const STABLE_AFTER_MS = 5_000;

/**
 * @typedef {{name: 'connecting'} | {name: 'connected'}
 *   | {name: 'waiting', retryAt: number, reason: string, refused: boolean}
 *   | {name: 'stopped', reason: string, needsToken: boolean}} State
 */
export class ChatSocket {
  #tokens; #onState; #onText;
  #socket = null;
  #attempt = null;
  #timer = 0;
  #failures = 0;
  #openedAt = 0;
  /** @type {State} */
  #state = { name: 'connecting' };

  /**
   * @param {{next: () => Promise<{url: string, token: string}>, spent: boolean}} tokens
   * @param {(state: State) => void} onState
   * @param {(text: string) => void} onText
   */
  constructor({ tokens, onState, onText }) {
    this.#tokens = tokens;
    this.#onState = onState;
    this.#onText = onText;
    addEventListener('online', this.#retryIfWaiting);
    document.addEventListener('visibilitychange', this.#retryIfWaiting);
    this.connect();
  }

  /** Drops the present connection, if any, and connects with a new token. */
  async connect() {
    const attempt = this.#abandon();
    if (this.#tokens.spent) return this.#waitForToken();
    this.#enter({ name: 'connecting' });
    try {
      const { url, token } = await this.#tokens.next();
      if (attempt === this.#attempt) this.#open(url, token, attempt);
    } catch (error) {
      if (attempt === this.#attempt) this.#retryLater(error.message, error.refused === true);
    }
  }

  /** The server asked for a new token: at once after a good connection, patiently otherwise. */
  renew(reason) {
    if (this.#wasStable()) this.connect();
    else this.#retryLater(reason);
  }

  /** Ends the connection and stays away until `connect` is called. */
  stop(reason) {
    this.#abandon();
    this.#enter({ name: 'stopped', needsToken: this.#tokens.spent, reason });
  }

  /** Ends the connection for good, silently. */
  close() {
    this.#abandon();
    removeEventListener('online', this.#retryIfWaiting);
    document.removeEventListener('visibilitychange', this.#retryIfWaiting);
  }

  /** Sends a text frame. False if there is no open connection. */
  send(text) {
    if (this.#state.name !== 'connected' || this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  #open(url, token, attempt) {
    const socket = new WebSocket(url, token);
    this.#socket = socket;
    this.#timer = setTimeout(() => this.#retryLater('The server does not answer.'), OPEN_WITHIN_MS);
    socket.onopen = () => {
      clearTimeout(this.#timer);
      this.#openedAt = Date.now();
      this.#enter({ name: 'connected' });
    };
    socket.onmessage = ({ data }) => { if (typeof data === 'string') this.#onText(data); };
    socket.onclose = ({ code }) => { if (attempt === this.#attempt) this.#retryLater(this.#explainClose(code)); };
  }

  // Browsers do not tell a page why a handshake failed.
  #explainClose(code) {
    if (this.#state.name === 'connecting') return 'The server refused the connection or cannot be reached.';
    return code === 1006 ? 'The connection was lost.' : 'The server closed the connection.';
  }

  #retryLater(reason, refused = false) {
    if (this.#wasStable()) this.#failures = 0;
    this.#abandon();
    if (this.#tokens.spent) return this.#waitForToken(reason);
    const delay = delayAfter(this.#failures++);
    this.#enter({ name: 'waiting', retryAt: Date.now() + delay, reason, refused });
    this.#timer = setTimeout(() => this.connect(), delay);
  }

  #waitForToken(reason = '') {
    this.#enter({ name: 'stopped', needsToken: true, reason: `${reason} A chat token opens one connection only: enter another one to go on.`.trim() });
  }

  #wasStable() {
    return this.#state.name === 'connected' && Date.now() - this.#openedAt >= STABLE_AFTER_MS;
  }

  #retryIfWaiting = () => {
    if (this.#state.name === 'waiting' && document.visibilityState === 'visible' && navigator.onLine) this.connect();
  };

  // Whatever is under way, answers of its own no more. Returns the mark of the attempt that takes its place.
  #abandon() {
    clearTimeout(this.#timer);
    if (this.#socket) {
      this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
      this.#socket.close();
      this.#socket = null;
    }
    this.#attempt = Symbol('attempt');
    return this.#attempt;
  }

  #enter(state) {
    this.#state = state;
    this.#onState(state);
  }
}

// Exponential, with jitter, so that the clients of a restarted server do not all return in the same instant.
function delayAfter(failures) {
  const ceiling = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures);
  return ceiling / 2 + Math.random() * ceiling / 2;
}
