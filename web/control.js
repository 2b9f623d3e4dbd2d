// The control operations that the page needs: rooms and chat tokens.

// An API Gateway integration may take 30 s, so waiting longer is pointless.
const DEADLINE_MS = 30_000;
const CAPABILITIES = ['SEND_MESSAGE', 'DELETE_MESSAGE', 'DISCONNECT_USER'];

/** An operation that was refused, or never answered. `message` is fit to be shown. */
export class ControlError extends Error {
  /** @param {number} status HTTP status; 0 if there was no answer */
  constructor(message, status) {
    super(message);
    this.status = status;
  }

  get notFound() { return this.status === 404; }
  get refused() { return this.status >= 400 && this.status < 500 && this.status !== 429; }
}

/** The operations under one base URL. Whoever serves that URL signs them. */
export class ControlPlane {
  #baseUrl;

  constructor(baseUrl) { this.#baseUrl = baseUrl; }

  createRoom(name) { return this.#call('CreateRoom', { name }); }
  getRoom(identifier) { return this.#call('GetRoom', { identifier }); }

  /** Lists the rooms of a name, from all pages. A page may be empty although more pages follow. */
  async listRooms(name) {
    const rooms = [];
    let nextToken;
    do {
      const page = await this.#call('ListRooms', { name, nextToken });
      rooms.push(...page.rooms);
      ({ nextToken } = page);
    } while (nextToken);
    return rooms;
  }

  createChatToken(roomIdentifier, identity) { return this.#call('CreateChatToken', tokenRequest(roomIdentifier, identity)); }

  #call(operation, body) { return postJson(`${this.#baseUrl}/${operation}`, body); }
}

/** The body of CreateChatToken for this visitor. */
export function tokenRequest(roomIdentifier, { userId, name }) {
  return { roomIdentifier, userId, capabilities: CAPABILITIES, attributes: { username: name } };
}

/** Posts JSON and returns the JSON answer; anything else is a `ControlError`. */
export async function postJson(url, body) {
  let response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(DEADLINE_MS),
    });
  } catch {
    throw new ControlError('The server cannot be reached.', 0);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) throw new ControlError(explain(answer, response.status), response.status);
  if (answer === null || typeof answer !== 'object') throw new ControlError('The server sent an answer that is not JSON.', response.status);
  return answer;
}

function explain(answer, status) {
  const message = answer?.message || answer?.Message || `The server answered with status ${status}.`;
  const fields = Array.isArray(answer?.fieldList) ? answer.fieldList.map((field) => `${field?.name}: ${field?.message}`) : [];
  return [message, ...fields].join(' · ');
}
