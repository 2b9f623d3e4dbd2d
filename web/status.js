// What the page says about the connection: a short word under the room's name, and a bar when something is to be done.

const element = (id) => document.getElementById(id);

export class StatusView {
  #timer = 0;

  /** @param {{onResume: (needsToken: boolean) => void}} actions */
  constructor({ onResume }) {
    this.needsToken = false;
    element('resume').addEventListener('click', () => onResume(this.needsToken));
  }

  /** @param {import('./chat-socket.js').State} state */
  show(state) {
    clearInterval(this.#timer);
    this.needsToken = state.needsToken === true;
    element('status').dataset.state = state.refused ? 'refused' : state.name;
    element('status-text').textContent = shortText(state);
    const interrupted = state.name === 'waiting' || state.name === 'stopped';
    element('interruption').hidden = !interrupted;
    if (!interrupted) return;
    element('interruption-text').textContent = state.reason;
    element('resume').textContent = state.needsToken ? 'Enter a token' : state.name === 'stopped' ? 'Reconnect' : 'Reconnect now';
    element('countdown').textContent = '';
    if (state.name === 'waiting') this.#countDown(state.retryAt);
  }

  // Not in the live region: a screen reader need not hear every second.
  #countDown(retryAt) {
    const tick = () => {
      const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
      element('countdown').textContent = `Reconnecting in ${seconds} s.`;
    };
    tick();
    this.#timer = setInterval(tick, 250);
  }
}

function shortText(state) {
  switch (state.name) {
    case 'connecting': return 'Connecting';
    case 'connected': return 'Connected';
    case 'waiting': return state.refused ? 'Refused' : 'Reconnecting';
    default: return 'Disconnected';
  }
}
