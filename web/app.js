// Wires the parts together: who, where, and which room.

import { paintAvatar } from './avatar.js';
import { Composer } from './composer.js';
import { Conversation } from './conversation.js';
import { openConnectionDialog, openIdentityDialog, openMessageDialog, openShareDialog, prepareDialogs } from './dialogs.js';
import { identify, rename } from './identity.js';
import { MessageLog } from './message-log.js';
import { showRooms } from './room-list.js';
import { arnOf, DEFAULT_ROOM, fragmentOf, Rooms } from './rooms.js';
import { readStack } from './stack.js';
import { StatusView } from './status.js';
import { OwnTokens, PastedToken, ServiceTokens } from './tokens.js';
import { showUnread } from './unread.js';

const element = (id) => document.getElementById(id);

element('not-started').remove();
const [stack, identity] = await Promise.all([readStack(), identify()]);
const rooms = stack && new Rooms(stack.control);
/** What is open: where its tokens come from, the conversation, and the room if it is known. */
let current = { tokens: null, conversation: null, room: null };

prepareDialogs();
const unread = showUnread();
const composer = new Composer({ onSend: (text) => current.conversation?.say(text) ?? false });
const status = new StatusView({ onResume: (needsToken) => (needsToken ? openConnection() : current.conversation?.reconnect()) });
const log = new MessageLog({
  element: element('log'),
  empty: element('empty'),
  toNewest: element('to-newest'),
  onArrival: unread.count,
  onActions: (message) => openMessageDialog(message, {
    onDelete: (id) => current.conversation?.deleteMessage(id),
    onDisconnect: (userId) => current.conversation?.disconnectUser(userId),
  }),
});

element('open-identity').addEventListener('click', () => openIdentityDialog(identity.name, (name) => {
  rename(identity, name);
  showIdentity();
  if (current.tokens && !current.tokens.spent) current.conversation.reconnect();
}));
element('open-connection').addEventListener('click', openConnection);
element('open-share').addEventListener('click', () => openShareDialog(current.room, () => {
  rooms.forget(current.room.arn);
  openOwn({ name: DEFAULT_ROOM });
}));
element('new-room').addEventListener('submit', async (event) => {
  event.preventDefault();
  const field = element('new-room-name');
  const button = event.submitter;
  try {
    element('new-room-error').textContent = '';
    // A new room takes about a second.
    button.disabled = true;
    const room = await rooms.openName(field.value);
    field.value = '';
    element('sidebar').hidePopover();
    location.hash = fragmentOf(room.arn);
  } catch (error) {
    element('new-room-error').textContent = error.message;
  } finally {
    button.disabled = false;
  }
});
addEventListener('hashchange', openFromAddress);
rooms?.onChange(showRoomList);
// On a wide window the drawer is a column, and must not stay in the top layer.
matchMedia('(min-width: 48rem)').addEventListener('change', () => element('sidebar').hidePopover());

showIdentity();
log.clear();
if (matchMedia('(pointer: fine)').matches) composer.focus();
if (stack) {
  openFromAddress();
} else {
  showRemote('Not connected');
  element('open-identity').hidden = true;
  status.show({ name: 'stopped', needsToken: true, reason: 'This page is not connected to a chat yet.' });
  openConnection();
}

function openFromAddress() {
  if (!stack) return;
  element('sidebar').hidePopover();
  const arn = arnOf(location.hash);
  if (arn && arn === current.room?.arn) return;
  openOwn(arn ? { arn } : { name: DEFAULT_ROOM });
}

/** Opens a room of the backend behind this page. */
function openOwn(wanted) {
  element('rooms').hidden = false;
  element('remote-note').hidden = true;
  element('open-identity').hidden = false;
  element('connection-summary').textContent = 'This page’s server';
  element('empty-text').textContent = 'Open this page in a second tab and say hello: both tabs are in the same room. Messages are not kept, so whoever joins later sees only what comes after.';
  element('second-tab').hidden = false;
  open(new OwnTokens({ stack, rooms, identity, wanted, onRoom: showRoom }), identity);
}

/** Opens whatever room the tokens of a deployed stack lead to. */
function openRemote(choice) {
  // Another token for the same chat goes on where the last one ended.
  if (choice.token && current.tokens instanceof PastedToken && current.tokens.provide(choice.url, choice.token)) {
    return current.conversation.reconnect();
  }
  const host = new URL(choice.url).host;
  history.replaceState(null, '', location.pathname + location.search);
  showRemote(host);
  element('open-identity').hidden = !choice.service;
  if (choice.service) open(new ServiceTokens({ ...choice, identity }), identity);
  else open(new PastedToken(choice.url, choice.token), { userId: '', name: '' });
}

function open(tokens, self) {
  current.conversation?.close();
  log.clear();
  current = { tokens, conversation: null, room: null };
  element('open-share').hidden = true;
  composer.setLimit(undefined);
  showRoomList();
  current.conversation = new Conversation({
    tokens, log, self,
    onState: (state) => {
      status.show(state);
      composer.setConnected(state.name === 'connected');
    },
  });
}

/** The tokens found their room, which may be another one than before. */
function showRoom(tokens, room, instead) {
  if (tokens !== current.tokens) return;
  current.room = room;
  const name = room.name || room.id;
  if (instead === 'same name') log.notice(`The server no longer had the room “${name}”, perhaps because it was restarted. This is another room of that name; links to the old one no longer work.`);
  if (instead === 'default room') log.notice(`The room of this link does not exist any more. This is the room “${name}”.`);
  history.replaceState(null, '', fragmentOf(room.arn));
  element('room-name').textContent = name;
  element('open-share').hidden = false;
  element('second-tab').href = location.href;
  composer.setLimit(room.maximumMessageLength);
  unread.setTitle(name);
  showRoomList();
}

function showRoomList() {
  if (rooms) showRooms(rooms.list(), current.room?.arn);
}

function showRemote(host) {
  element('rooms').hidden = true;
  element('remote-note').hidden = false;
  element('remote-note').textContent = 'The chat token decides the room and who you are in it.';
  element('connection-summary').textContent = host;
  element('room-name').textContent = host;
  element('empty-text').textContent = 'Messages appear here as they are sent. They are not kept, so you see only what comes after you.';
  element('second-tab').hidden = true;
  unread.setTitle(host);
}

function showIdentity() {
  paintAvatar(element('my-avatar'), identity.userId, identity.name);
  element('my-name').textContent = identity.name;
}

function openConnection() {
  element('sidebar').hidePopover();
  const remote = current.tokens !== null && !(current.tokens instanceof OwnTokens);
  openConnectionDialog({ onRemote: openRemote, onOwnServer: stack && remote ? () => openOwn({ name: DEFAULT_ROOM }) : null });
}
