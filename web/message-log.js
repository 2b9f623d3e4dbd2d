// The list of messages on the page. Text from the network becomes text nodes only.

import { paintAvatar } from './avatar.js';

const SHOWN_ENTRIES = 500;
const GROUP_WITHIN_MS = 5 * 60_000;
const NEAR_THE_END_PX = 80;

export class MessageLog {
  #element; #empty; #toNewest; #onActions; #onArrival;
  #messageTemplate = document.querySelector('#message-template');
  #noticeTemplate = document.querySelector('#notice-template');

  /**
   * @param {(message: {id: string, userId: string, name: string, content: string, own: boolean}) => void} onActions
   * @param {() => void} onArrival somebody else's message came in
   */
  constructor({ element, empty, toNewest, onActions, onArrival }) {
    this.#element = element;
    this.#empty = empty;
    this.#toNewest = toNewest;
    this.#onActions = onActions;
    this.#onArrival = onArrival;
    element.addEventListener('scroll', () => { if (this.#isAtEnd()) toNewest.hidden = true; }, { passive: true });
    toNewest.addEventListener('click', () => this.#scrollToEnd());
    // A smaller window or a keyboard must not hide the newest message.
    let atEnd = true;
    element.addEventListener('scroll', () => { atEnd = this.#isAtEnd(); }, { passive: true });
    new ResizeObserver(() => { if (atEnd) this.#scrollToEnd(); }).observe(element);
  }

  clear() {
    this.#element.replaceChildren();
    this.#toNewest.hidden = true;
    this.#empty.hidden = false;
  }

  /** Shows a message from the room. */
  add(frame, { own }) {
    const article = this.#newMessage();
    this.#fill(article, frame, own);
    this.#append(article, { follow: own });
    if (!own) this.#onArrival();
  }

  /** Shows a message that is on its way. The entry returned settles, fails, or goes. */
  addPending({ content, userId, name }) {
    const article = this.#newMessage();
    article.classList.add('pending');
    this.#show(article, { userId, name, content, sentAt: new Date() }, true);
    this.#append(article, { follow: true });
    return {
      settle: (frame) => {
        article.classList.remove('pending', 'failed', 'doubtful');
        article.querySelector('.message-note').hidden = true;
        this.#fill(article, frame, true);
        this.#regroup(article);
        this.#regroup(article.nextElementSibling);
      },
      fail: (reason, options) => this.#fail(article, reason, options),
      remove: () => this.#remove(article),
    };
  }

  /** Shows a line that nobody wrote. */
  notice(text) {
    const line = this.#noticeTemplate.content.firstElementChild.cloneNode(true);
    line.textContent = text;
    this.#append(line, { follow: false, conversation: false });
  }

  /** Takes a message's text away. */
  markDeleted(id, reason) {
    const article = this.#element.querySelector(`[data-id="${CSS.escape(id)}"]`);
    if (!article) return;
    article.classList.add('deleted');
    article.querySelector('.bubble').textContent = reason ? `Message deleted: ${reason}` : 'Message deleted';
    article.querySelector('.message-actions').remove();
  }

  #newMessage() {
    return this.#messageTemplate.content.firstElementChild.cloneNode(true);
  }

  // A message that the server gave an id, so it can be acted upon.
  #fill(article, frame, own) {
    article.dataset.id = frame.id;
    this.#show(article, frame, own);
    const actions = article.querySelector('.message-actions');
    actions.hidden = false;
    actions.onclick = () => this.#onActions({ ...frame, own });
  }

  #show(article, { userId, name, content, sentAt }, own) {
    article.dataset.sender = userId;
    article.dataset.name = name;
    article.dataset.sentAt = sentAt.getTime();
    article.classList.toggle('own', own);
    paintAvatar(article.querySelector('.avatar'), userId, name);
    article.querySelector('.author').textContent = own ? 'You' : name;
    article.querySelector('.bubble').textContent = content;
    const time = article.querySelector('time');
    time.dateTime = sentAt.toISOString();
    time.textContent = sentAt.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  }

  #fail(article, reason, { doubtful, retry, discard }) {
    article.classList.remove('pending');
    article.classList.add('failed');
    article.classList.toggle('doubtful', doubtful);
    const note = article.querySelector('.message-note');
    note.hidden = false;
    note.querySelector('.note-text').textContent = reason;
    note.querySelector('[data-retry]').onclick = retry;
    note.querySelector('[data-discard]').onclick = discard;
    if (article === this.#element.lastElementChild) this.#scrollToEnd();
  }

  #append(entry, { follow, conversation = true }) {
    const stay = !follow && !this.#isAtEnd();
    this.#element.append(entry);
    this.#regroup(entry);
    while (this.#element.childElementCount > SHOWN_ENTRIES) this.#remove(this.#element.firstElementChild);
    if (conversation) this.#empty.hidden = true;
    if (stay) this.#toNewest.hidden = false;
    else this.#scrollToEnd();
  }

  #remove(entry) {
    const next = entry.nextElementSibling;
    if (entry.contains(document.activeElement)) this.#element.focus();
    entry.remove();
    this.#regroup(next);
  }

  // Messages that follow one another from one sender share a head.
  #regroup(entry) {
    if (!entry?.classList.contains('message')) return;
    const before = entry.previousElementSibling;
    const continued = before !== null
      && before.dataset.sender === entry.dataset.sender
      && before.dataset.name === entry.dataset.name
      && entry.dataset.sentAt - before.dataset.sentAt < GROUP_WITHIN_MS;
    entry.classList.toggle('continued', continued);
  }

  #isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#element;
    return scrollHeight - scrollTop - clientHeight < NEAR_THE_END_PX;
  }

  #scrollToEnd() {
    this.#element.scrollTop = this.#element.scrollHeight;
    this.#toNewest.hidden = true;
  }
}
