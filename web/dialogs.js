// The four dialogs. Each `open…` shows one; what the visitor decides comes back through the callback.

import { fragmentOf } from './rooms.js';
import { load, save } from './storage.js';

const REMOTE_URL_KEY = 'parlor.remoteUrl';
const element = (id) => document.getElementById(id);

/** Wires what all dialogs have in common. */
export function prepareDialogs() {
  for (const button of document.querySelectorAll('[data-close]')) {
    button.addEventListener('click', () => button.closest('dialog').close());
  }
  for (const button of document.querySelectorAll('[data-copy]')) {
    button.addEventListener('click', () => copy(element(button.dataset.copy), button));
  }
  for (const input of document.querySelectorAll('[name=source]')) input.addEventListener('change', showTokenFields);
}

/** Asks for the visitor's name. */
export function openIdentityDialog(name, onName) {
  element('identity-name').value = name;
  element('identity-form').onsubmit = () => {
    const chosen = element('identity-name').value.trim();
    if (chosen) onName(chosen);
  };
  element('identity-dialog').showModal();
  element('identity-name').select();
}

/** Shows how others get into a room. */
export function openShareDialog(room, onForget) {
  element('share-link').value = new URL(fragmentOf(room.arn), location.href).href;
  element('share-arn').value = room.arn;
  element('forget-room').onclick = () => {
    element('share-dialog').close();
    onForget();
  };
  element('share-dialog').showModal();
}

/** Shows what can be done with a message. */
export function openMessageDialog(message, { onDelete, onDisconnect }) {
  const dialog = element('message-dialog');
  element('message-title').textContent = message.own ? 'Your message' : `Message from ${message.name}`;
  element('message-excerpt').textContent = message.content;
  element('delete-message').onclick = () => { dialog.close(); onDelete(message.id); };
  element('disconnect-user').hidden = message.own;
  element('disconnect-user').textContent = `Disconnect ${message.name}`;
  element('disconnect-user').onclick = () => { dialog.close(); onDisconnect(message.userId); };
  dialog.showModal();
}

/**
 * Asks where to connect. Only the WebSocket URL is remembered.
 * @param {{onRemote: (choice: {url: string, token: string} | {url: string, service: string, room: string}) => void,
 *   onOwnServer: (() => void) | null}} actions `onOwnServer` is `null` where there is nothing to return to
 */
export function openConnectionDialog({ onRemote, onOwnServer }) {
  const url = element('remote-url');
  url.value ||= load('localStorage', REMOTE_URL_KEY) ?? '';
  element('use-own-server').hidden = !onOwnServer;
  element('use-own-server').onclick = () => {
    element('connection-dialog').close();
    onOwnServer?.();
  };
  element('connection-form').onsubmit = () => {
    save('localStorage', REMOTE_URL_KEY, url.value);
    const token = element('remote-token').value;
    element('remote-token').value = '';
    onRemote(tokenSource() === 'pasted'
      ? { url: url.value, token }
      : { url: url.value, service: element('service-url').value, room: element('service-room').value });
  };
  showTokenFields();
  element('connection-dialog').showModal();
  if (url.value && tokenSource() === 'pasted') element('remote-token').focus();
}

function tokenSource() {
  return document.querySelector('[name=source]:checked').value;
}

function showTokenFields() {
  const pasted = tokenSource() === 'pasted';
  element('pasted-fields').hidden = !pasted;
  element('service-fields').hidden = pasted;
  element('remote-token').required = pasted;
  element('service-url').required = element('service-room').required = !pasted;
}

async function copy(input, button) {
  input.select();
  try {
    await navigator.clipboard.writeText(input.value);
    button.textContent = 'Copied';
    setTimeout(() => { button.textContent = 'Copy'; }, 2_000);
  } catch {
    // Not allowed here: the text is selected, so the visitor can copy it.
  }
}
