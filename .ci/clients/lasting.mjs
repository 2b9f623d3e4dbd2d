// A room for as long as it takes to meet idle time and the ends of tokens, of a session and of a connection: people of the
// unmodified Chat Client Messaging SDK, one of whom renews her connection by the times that the control plane tells.
//
// Environment: CONTROL_ENDPOINT, WEBSOCKET_URL, LAMBDA_URL, and AWS credentials. The stack must close connections after 12 idle
// seconds and after 75 seconds in all.

import { SendMessageRequest } from 'amazon-ivs-chat-messaging';

import { check, equal, eventually, runChecks, within } from './checks.mjs';
import { Person, expirations, newRoom, newToken, openedWith } from './people.mjs';

// A token of a session of one minute, the shortest: the SDK opens its next connection half a minute before that ends.
const SHORTEST_SESSION = { sessionDurationInMinutes: 1 };
// Renewals come every 30 seconds, and the short session ends after 60: somebody speaks around each of them, and nobody between.
const TALKS = [24, 54, 84].map((second) => ({ from: 1_000 * second, to: 1_000 * (second + 12) }));
// Slower than the ten requests that a connection may send in a second.
const BETWEEN_MESSAGES = 110;
// A schedule cannot be faster than a minute, so the rounds are asked for here: three in the idle time, as on AWS two are.
const BETWEEN_ROUNDS = 4_000;
const LONGER_THAN_ALL = 150_000;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const contents = (person) => person.all('message').map(({ content }) => content);

async function round() {
  const url = `${process.env.LAMBDA_URL}/2015-03-31/functions/KeepaliveFunction/invocations`;
  const answer = await within('the round', fetch(url, { method: 'POST', body: '{}' }));
  equal([answer.status, answer.headers.get('X-Amz-Function-Error')], [200, null]);
}

async function spend() {
  const room = await newRoom();
  const began = Date.now();
  const [ada, eve, zoe] = await Promise.all([
    Person.join(room, 'ada', SHORTEST_SESSION),
    joinWithoutTimes(room, 'eve', SHORTEST_SESSION),
    joinWithoutTimes(room, 'zoe'),
  ]);
  const said = [];
  let isOver = false;
  const rounds = (async () => {
    for (; !isOver; await pause(BETWEEN_ROUNDS)) await round();
  })();
  for (const { from, to } of TALKS) {
    await pause(began + from - Date.now());
    // Who speaks is somebody new each time, and never old enough for any limit.
    const speaker = await Person.join(room, 'ben');
    while (Date.now() < began + to) {
      const begin = Date.now();
      const request = new SendMessageRequest(`message ${said.length}`);
      const { content } = await within('the message', speaker.chat.sendMessage(request));
      said.push({ content, begin, end: Date.now() });
      await pause(BETWEEN_MESSAGES);
    }
    speaker.chat.disconnect();
  }
  isOver = true;
  await rounds;
  return { ada, eve, zoe, said };
}

/** Somebody whose SDK is not told when the token ends, and so does not renew the connection by itself. */
async function joinWithoutTimes(room, userId, options) {
  const person = new Person(async () => {
    const { token, sessionExpirationTime } = await newToken(room, userId, options);
    person.sessionEnds ??= sessionExpirationTime;
    (person.tokens ??= []).push(token);
    return { token };
  });
  person.chat.connect();
  await eventually('the connection', () => person.chat.state === 'connected');
  return person;
}

const day = spend();

check('who renews her connection hears everything, through idle time and beyond the longest lifetime', async () => {
  const { ada, said } = await day;
  const last = said.at(-1).content;
  await ada.first('message', ({ content }) => content === last);

  equal(contents(ada), said.map(({ content }) => content));
  equal([ada.chat.state, ada.all('disconnect'), ada.all('connect').length], ['connected', [], 1]);
  equal(ada.tokensAskedFor, 1 + TALKS.length);
}, LONGER_THAN_ALL);

check('who is told by ERROR 401 that her session is over is back at once, with a new token', async () => {
  const { eve, said } = await day;
  const last = said.at(-1).content;
  await eve.first('message', ({ content }) => content === last);

  equal([eve.chat.state, eve.tokensAskedFor, expirations.length], ['connected', 2, 1]);
  const [told] = expirations;
  const back = openedWith.get(eve.tokens[1]);
  const over = eve.sessionEnds.getTime();
  const heard = new Set(contents(eve));
  const missed = said.filter(({ content }) => !heard.has(content));
  equal(missed.filter(({ begin, end }) => end < over || back < begin), []);
  const gap = `${told - over} ms until the round, ${back - told} ms more until the new connection`;
  console.log(`        ${missed.length} of ${said.length} messages missed: ${gap}`);
});

check('who does neither is closed for good by the longest lifetime, and not by idle time', async () => {
  const { zoe, said } = await day;
  equal(zoe.all('disconnect'), ['serverDisconnect']);
  equal(zoe.tokensAskedFor, 1);
  equal(contents(zoe).includes(said.find(({ begin }) => begin > zoe.happened.at(-1).at).content), false);
});

await runChecks();
