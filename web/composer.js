// The field in which messages are written.

const LONGEST_MESSAGE = 500;
const COUNTER_FROM = 0.8;

export class Composer {
  #form = document.getElementById('composer');
  #field = document.getElementById('message');
  #button = document.getElementById('send');
  #counter = document.getElementById('counter');
  #limit = LONGEST_MESSAGE;
  #connected = false;

  /** @param {(text: string) => boolean} onSend false keeps the text in the field */
  constructor({ onSend }) {
    this.#field.addEventListener('input', () => this.#update());
    this.#field.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = this.#field.value.trim();
      if (text && this.#canSend() && onSend(text)) this.#field.value = '';
      this.#field.focus();
      this.#update();
    });
  }

  /** @param {number | undefined} limit code points in one message, if the room is known */
  setLimit(limit) {
    this.#limit = limit ?? LONGEST_MESSAGE;
    this.#update();
  }

  setConnected(connected) {
    this.#connected = connected;
    this.#update();
  }

  focus() { this.#field.focus(); }

  #canSend() {
    return this.#connected && this.#length() <= this.#limit;
  }

  // The limit counts code points, not UTF-16 units.
  #length() {
    return [...this.#field.value.trim()].length;
  }

  #update() {
    const length = this.#length();
    this.#counter.hidden = length < this.#limit * COUNTER_FROM;
    this.#counter.textContent = length > this.#limit ? `${length - this.#limit} characters too many` : `${length} of ${this.#limit}`;
    this.#counter.classList.toggle('over', length > this.#limit);
    this.#button.disabled = !this.#canSend();
    this.#field.style.height = 'auto';
    this.#field.style.height = `${this.#field.scrollHeight}px`;
  }
}
