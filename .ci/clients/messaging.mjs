// Rooms through the unmodified Chat Client Messaging SDK of Amazon IVS.
//
// Environment: CONTROL_ENDPOINT, WEBSOCKET_URL, REVIEW_FUNCTION (the one ARN that rooms may name), and AWS credentials.

import {
  DeleteMessageCommand, DeleteRoomCommand, DisconnectUserCommand, SendEventCommand,
} from '@aws-sdk/client-ivschat';
import { DeleteMessageRequest, DisconnectUserRequest, SendMessageRequest } from 'amazon-ivs-chat-messaging';

import { check, equal, eventually, runChecks, within } from './checks.mjs';
import { Person, call, misunderstood, newRoom, newToken, openings, refusal } from './people.mjs';

const ID = /^[a-zA-Z0-9]{12}$/;
const EVERYTHING = { capabilities: ['SEND_MESSAGE', 'DELETE_MESSAGE', 'DISCONNECT_USER'] };

function isId(text) {
  if (!ID.test(text)) throw new Error(`${text} is no id`);
}

function isRecent(date) {
  if (!(Math.abs(Date.now() - date.getTime()) < 30_000)) throw new Error(`${date} is not now`);
}

function say(person, content, attributes) {
  return within('the message', person.chat.sendMessage(new SendMessageRequest(content, attributes)));
}

check('a client connects', async () => {
  const ada = await Person.join(await newRoom(), 'ada');
  equal(ada.happened.map(({ name }) => name), ['connecting', 'connect']);
  equal(ada.tokensAskedFor, 1);
});

check('a message is heard by everybody, and answers its request', async () => {
  const room = await newRoom();
  const ada = await Person.join(room, 'ada', { attributes: { username: 'Ada' } });
  const ben = await Person.join(room, 'ben');

  const request = new SendMessageRequest('hello 🦀', { mood: 'good' });
  const sent = await within('the message', ada.chat.sendMessage(request));

  isId(sent.id);
  isRecent(sent.sendTime);
  const { id, sendTime } = sent;
  const sender = { userId: 'ada', attributes: { username: 'Ada' } };
  const { content, attributes, requestId } = request;
  equal(sent, { id, sender, content, attributes, requestId, sendTime });
  equal(await ben.first('message'), sent);
  equal(ada.all('message'), [sent]);
});

check('a message without attributes has none', async () => {
  const ada = await Person.join(await newRoom(), 'ada');
  equal((await say(ada, 'hello')).attributes, undefined);
});

check('a room is heard by nobody outside', async () => {
  const [ada, ben] = [await Person.join(await newRoom(), 'ada'), await Person.join(await newRoom(), 'ben')];
  await say(ada, 'here');
  await say(ben, 'there');
  equal(ben.all('message').map(({ content }) => content), ['there']);
});

check('a moderator deletes a message', async () => {
  const room = await newRoom();
  const ada = await Person.join(room, 'ada');
  const mod = await Person.join(room, 'mod', EVERYTHING);
  const message = await say(ada, 'spam');

  const request = new DeleteMessageRequest(message.id, 'off topic');
  const deletion = await within('the deletion', mod.chat.deleteMessage(request));

  isId(deletion.id);
  isRecent(deletion.sendTime);
  equal([deletion.messageId, deletion.reason, deletion.requestId], [message.id, 'off topic', request.requestId]);
  equal(await ada.first('messageDelete'), deletion);
});

check('a moderator disconnects a user from everywhere, for good', async () => {
  const room = await newRoom();
  const [desk, phone] = [await Person.join(room, 'ada'), await Person.join(room, 'ada')];
  const ben = await Person.join(room, 'ben');
  const mod = await Person.join(room, 'mod', EVERYTHING);

  const request = new DisconnectUserRequest('ada', 'be kind');
  const event = await within('the event', mod.chat.disconnectUser(request));

  isId(event.id);
  equal([event.userId, event.reason, event.requestId], ['ada', 'be kind', request.requestId]);
  for (const gone of [desk, phone]) {
    // Any other reason, and the SDK would connect again.
    equal(await gone.first('disconnect'), 'serverDisconnect');
    equal(await gone.first('userDisconnect'), event);
    equal(gone.tokensAskedFor, 1);
  }
  equal(await ben.first('userDisconnect'), event);
  equal([ben.chat.state, mod.chat.state], ['connected', 'connected']);
});

check('a user who was disconnected comes back with a new token', async () => {
  const room = await newRoom();
  const ada = await Person.join(room, 'ada');
  await call(new DisconnectUserCommand({ roomIdentifier: room, userId: 'ada' }));
  await ada.first('disconnect');
  ada.chat.connect();
  await eventually('the new connection', () => ada.chat.state === 'connected');
  await say(ada, 'sorry');
});

check('an event of the application is heard by everybody', async () => {
  const room = await newRoom();
  const people = [await Person.join(room, 'ada'), await Person.join(room, 'ben')];

  const attributes = { question: 'tea?', a: 'yes' };
  const { id } = await call(new SendEventCommand({ roomIdentifier: room, eventName: 'app:poll', attributes }));
  await call(new SendEventCommand({ roomIdentifier: room, eventName: 'app:bell' }));

  for (const person of people) {
    const poll = await person.first('event');
    isRecent(poll.sendTime);
    equal([poll.id, poll.eventName, poll.attributes], [id, 'app:poll', attributes]);
    await person.first('event', ({ eventName }) => eventName === 'app:bell');
  }
});

check('the control plane deletes a message and disconnects a user as a moderator does', async () => {
  const room = await newRoom();
  const [ada, ben] = [await Person.join(room, 'ada'), await Person.join(room, 'ben')];
  const message = await say(ada, 'spam');

  const { id } = await call(new DeleteMessageCommand({ roomIdentifier: room, id: message.id, reason: 'off topic' }));
  const deletion = await ben.first('messageDelete');
  equal([deletion.id, deletion.messageId, deletion.reason], [id, message.id, 'off topic']);

  await call(new DisconnectUserCommand({ roomIdentifier: room, userId: 'ada', reason: 'be kind' }));
  for (const person of [ada, ben]) {
    const event = await person.first('userDisconnect');
    equal([event.userId, event.reason], ['ada', 'be kind']);
  }
  equal(await ada.first('disconnect'), 'serverDisconnect');
});

check('who lacks a capability is refused, and stays', async () => {
  const room = await newRoom();
  const ada = await Person.join(room, 'ada', { capabilities: [] });
  const ben = await Person.join(room, 'ben');

  const requests = [
    ada.chat.sendMessage(new SendMessageRequest('hello')),
    ada.chat.deleteMessage(new DeleteMessageRequest('AbCdEf123456')),
    ada.chat.disconnectUser(new DisconnectUserRequest('ben')),
  ];
  for (const { code } of await Promise.all(requests.map(refusal))) equal(code, 403);

  const message = await say(ben, 'the first that anybody hears');
  equal(await ada.first('message'), message);
  equal([ada.all('message').length, ada.chat.state, ben.chat.state], [1, 'connected', 'connected']);
});

check('a message that is too long or has too large attributes is refused', async () => {
  const ada = await Person.join(await newRoom({ maximumMessageLength: 5 }), 'ada');
  const long = await refusal(ada.chat.sendMessage(new SendMessageRequest('🦀🦀🦀🦀🦀🦀')));
  equal(long, { code: 400, text: 'Message exceeds maximum length' });
  const large = await refusal(ada.chat.sendMessage(new SendMessageRequest('hello', { key: 'v'.repeat(1_025) })));
  equal(large.code, 413);
  await say(ada, '🦀🦀🦀🦀🦀');
});

check('who says too much in a second is refused', async () => {
  const ada = await Person.join(await newRoom({ maximumMessageRatePerSecond: 1 }), 'ada');
  // Whenever the second changes, two of three are in the same one.
  const requests = ['one', 'two', 'three'].map((content) => ada.chat.sendMessage(new SendMessageRequest(content)));
  const refusals = (await within('the answers', Promise.allSettled(requests))).filter(({ reason }) => reason);
  equal(refusals.length >= 1, true);
  for (const { reason } of refusals) equal([reason.errorCode, reason.errorMessage], [429, 'rate limit exceeded']);
});

check('a reviewer refuses a message, and changes another', async () => {
  const handler = { uri: process.env.REVIEW_FUNCTION, fallbackResult: 'DENY' };
  const room = await newRoom({ messageReviewHandler: handler });
  const [ada, ben] = [await Person.join(room, 'ada'), await Person.join(room, 'ben')];

  const { code, text } = await refusal(ada.chat.sendMessage(new SendMessageRequest('a forbidden word')));
  equal([code, text.includes('that word is not for this room')], [406, true]);

  const mended = await say(ada, 'teh end', { mood: 'good' });
  equal([mended.content, mended.attributes], ['the end', { mood: 'good' }]);
  equal(await ben.first('message'), mended);
});

check('who is in a room that was deleted is told so', async () => {
  const room = await newRoom();
  const ada = await Person.join(room, 'ada');
  await call(new DeleteRoomCommand({ identifier: room }));
  equal((await refusal(ada.chat.sendMessage(new SendMessageRequest('hello?')))).code, 404);
  equal(ada.chat.state, 'connected');
});

check('a token opens one connection, and the SDK tries others before it gives up', async () => {
  const room = await newRoom();
  const token = await newToken(room, 'ada');
  const first = new Person(async () => token);
  first.chat.connect();
  await first.first('connect');

  const second = new Person(async () => token);
  second.chat.connect();
  equal(await second.first('disconnect'), 'socketError');
  equal(second.tokensAskedFor, 1 + 3);
  equal(second.all('connect'), []);
  equal(first.chat.state, 'connected');
});

check('who leaves hears nothing more, and may come back', async () => {
  const room = await newRoom();
  const [ada, ben] = [await Person.join(room, 'ada'), await Person.join(room, 'ben')];
  ada.chat.disconnect();
  equal(await ada.first('disconnect'), 'clientDisconnect');
  await say(ben, 'is she gone?');
  ada.chat.connect();
  await eventually('the new connection', () => ada.chat.state === 'connected');
  const message = await say(ben, 'there she is');
  equal(await ada.first('message'), message);
  equal(ada.all('message').length, 1);
});

check('a connection is renewed before its token ends, and messages are heard once', async () => {
  const room = await newRoom();
  const ben = await Person.join(room, 'ben');
  // Half a minute before a token ends that lives no longer than a minute, the SDK opens a second connection.
  const renewalAfter = 1_500;
  const ada = new Person(async (time) => {
    const token = await newToken(room, 'ada');
    return time === 1 ? { ...token, tokenExpirationTime: new Date(Date.now() + 30_000 + renewalAfter) } : token;
  });
  ada.chat.connect();
  await ada.first('connect');

  // Until a second after the renewal, and slower than the ten requests that a connection may send in a second.
  const openedBefore = openings.length;
  const said = [];
  let renewedAt;
  while (!renewedAt || Date.now() < renewedAt + 1_000) {
    const begin = Date.now();
    const { content } = await say(ben, `message ${said.length}`);
    said.push({ content, begin, end: Date.now() });
    await new Promise((resolve) => setTimeout(resolve, 120));
    renewedAt = openings[openedBefore];
  }
  // A message that was on its way at that very moment may have gone to the connection that the SDK closed then.
  const certain = said.filter(({ begin, end }) => end < renewedAt || renewedAt < begin).map(({ content }) => content);
  equal(certain.length >= said.length - 1, true);

  await say(ada, 'still here');
  await ada.first('message', ({ content }) => content === 'still here');
  const heard = ada.all('message').map(({ content }) => content);
  equal(heard.filter((content) => certain.includes(content)), certain);
  equal(new Set(heard).size, heard.length);
  equal([openings.length - openedBefore, ada.tokensAskedFor], [1, 2]);
  equal([ada.chat.state, ada.all('disconnect')], ['connected', []]);
});

check('every frame was one that the SDK knows', async () => {
  equal(misunderstood, []);
});

await runChecks();
