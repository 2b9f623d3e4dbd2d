// `@connections` through the unmodified AWS SDK for JavaScript.
//
// Environment: WEBSOCKET_URL, MANAGEMENT_URL, AWS credentials, and for TLS what Node.js trusts.

import {
  ApiGatewayManagementApiClient, ApiGatewayManagementApiServiceException, DeleteConnectionCommand, ForbiddenException,
  GetConnectionCommand, GoneException, LimitExceededException, PayloadTooLargeException, PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import WebSocket from 'ws';

import { check, equal, eventually, runChecks, within } from './checks.mjs';

const { WEBSOCKET_URL, MANAGEMENT_URL } = process.env;
const ADDRESS = MANAGEMENT_URL.replace(/\/dev$/, '');
// API Gateway's quota for a message.
const LARGEST_BYTES = 128 * 1024;
// Well formed, and nobody's.
const UNKNOWN = 'SOqGjdZioAMCEeg=';

function newClient(members = {}) {
  // Nothing is tried twice: a check shall see the first answer.
  const defaults = { region: 'us-east-1', endpoint: MANAGEMENT_URL, maxAttempts: 1 };
  return new ApiGatewayManagementApiClient({ ...defaults, ...members });
}

const client = newClient();

function call(command, caller = client) {
  return within('the answer', caller.send(command));
}

function post(ConnectionId, Data) {
  return call(new PostToConnectionCommand({ ConnectionId, Data }));
}

/** All three operations on a connection. */
function operations(ConnectionId) {
  return [
    new PostToConnectionCommand({ ConnectionId, Data: 'hello' }),
    new GetConnectionCommand({ ConnectionId }),
    new DeleteConnectionCommand({ ConnectionId }),
  ];
}

/** Opens a WebSocket: what it has heard, and its connection id, which `whileConnecting` gets before it is open. */
async function join({ whileConnecting = async () => {}, headers = {} } = {}) {
  let connectionId;
  const gate = createServer(async (request, response) => {
    connectionId = await text(request);
    await whileConnecting(connectionId);
    response.end();
  });
  await once(gate.listen(0, '127.0.0.1'), 'listening');
  const socket = new WebSocket(`${WEBSOCKET_URL}?gate=${gate.address().port}`, { headers, perMessageDeflate: false });
  const heard = [];
  socket.on('message', (data, isBinary) => heard.push(isBinary ? data : data.toString()));
  await within('the handshake', once(socket, 'open'));
  gate.close();
  return { socket, heard, connectionId };
}

/** Waits until somebody has heard exactly this since the last time. */
async function hears({ heard }, message) {
  await eventually('a message', () => heard.length > 0);
  equal(heard.splice(0), [message]);
}

/** Waits until the call is refused with exactly this: its message. */
async function refused(command, type, name, status, caller = client) {
  let answer;
  try {
    answer = await call(command, caller);
  } catch (error) {
    equal([error.constructor, error.name, error.$metadata?.httpStatusCode], [type, name, status]);
    equal(error instanceof type && error instanceof ApiGatewayManagementApiServiceException, true);
    equal(typeof error.$metadata.requestId, 'string');
    return error.message;
  }
  throw new Error(`it was not refused: ${JSON.stringify(answer)}`);
}

async function gone(connectionId) {
  for (const command of operations(connectionId)) await refused(command, GoneException, 'GoneException', 410);
}

/** Fails unless all operations of a client are refused with this name; an open connection hears nothing of it. */
async function forbidden(caller, name, words) {
  const type = name === 'ForbiddenException' ? ForbiddenException : ApiGatewayManagementApiServiceException;
  const person = await join();
  for (const command of operations(person.connectionId)) {
    const message = await refused(command, type, name, 403, caller);
    if (!message.includes(words)) throw new Error(`${message} does not contain ${words}`);
  }
  await post(person.connectionId, 'the first that is heard');
  await hears(person, 'the first that is heard');
  person.socket.close();
}

check('a post is heard as one text message, whatever its data are', async () => {
  const person = await join();
  const bytes = (...numbers) => new Uint8Array(numbers);
  for (const [data, message] of [
    ['hello', 'hello'], [bytes(104, 105), 'hi'], ['', ''], [bytes(), ''], ['Zoë 🦀 \u2028', 'Zoë 🦀 \u2028'],
    [bytes(97, 255, 98), 'a\ufffdb'], [Buffer.from('{"a":1}'), '{"a":1}'],
    ['x'.repeat(LARGEST_BYTES), 'x'.repeat(LARGEST_BYTES)],
  ]) {
    const { $metadata, ...members } = await post(person.connectionId, data);
    equal([$metadata.httpStatusCode, typeof $metadata.requestId, members], [200, 'string', {}]);
    await hears(person, message);
  }
});

check('GetConnection tells the client and two points in time', async () => {
  const person = await join({ headers: { 'User-Agent': 'agent/1.0' } });
  const look = () => call(new GetConnectionCommand({ ConnectionId: person.connectionId }));

  const { $metadata, ConnectedAt, LastActiveAt, ...members } = await look();

  equal($metadata.httpStatusCode, 200);
  equal(members, { Identity: { SourceIp: '127.0.0.1', UserAgent: 'agent/1.0' } });
  for (const moment of [ConnectedAt, LastActiveAt]) {
    equal(moment instanceof Date && Math.abs(Date.now() - moment.getTime()) < 60_000, true);
  }
  await post(person.connectionId, 'hello');
  await hears(person, 'hello');
  const later = await look();
  equal(later.ConnectedAt, ConnectedAt);
  equal(later.LastActiveAt > ConnectedAt, true);
});

check('GetConnection knows no user agent of a client that sent none', async () => {
  const { connectionId } = await join();
  const { Identity } = await call(new GetConnectionCommand({ ConnectionId: connectionId }));
  equal(Identity, { SourceIp: '127.0.0.1' });
});

check('DeleteConnection closes it, and it is gone', async () => {
  const { socket, connectionId } = await join();
  const closed = once(socket, 'close');
  const { $metadata, ...members } = await call(new DeleteConnectionCommand({ ConnectionId: connectionId }));
  equal([$metadata.httpStatusCode, members], [204, {}]);
  const [code] = await within('the end of the connection', closed);
  equal(code, 1000);
  await gone(connectionId);
});

check('a connection that its client closed is gone', async () => {
  const { socket, connectionId } = await join();
  const closed = once(socket, 'close');
  socket.close();
  await within('the end of the connection', closed);
  await gone(connectionId);
});

check('a connection that never was is gone', () => gone(UNKNOWN));

check('a connection is gone while $connect runs, and there afterwards', async () => {
  let during;
  const person = await join({
    whileConnecting: async (id) => {
      during = await gone(id).catch((error) => error);
    },
  });
  if (during) throw during;
  await post(person.connectionId, 'now');
  await hears(person, 'now');
});

check('an id that is none is a bad request, however it is spelled', async () => {
  // An id that was encoded before is encoded twice.
  for (const id of ['nonsense', encodeURIComponent(UNKNOWN), UNKNOWN + UNKNOWN, 'a/b?c#d', 'Zoë & 🦀']) {
    for (const command of operations(id)) {
      const message = await refused(command, ApiGatewayManagementApiServiceException, 'BadRequestException', 400);
      equal(message, `Invalid connectionId: ${id}`);
    }
  }
});

check('one byte too many is too large', async () => {
  const person = await join();
  const Data = 'x'.repeat(LARGEST_BYTES + 1);
  const command = new PostToConnectionCommand({ ConnectionId: person.connectionId, Data });
  await refused(command, PayloadTooLargeException, 'PayloadTooLargeException', 413);
  await post(person.connectionId, 'enough');
  await hears(person, 'enough');
});

check('a client that does not read has a buffer with an end', async () => {
  const [sleeper, other] = [await join(), await join()];
  sleeper.socket.pause();
  const large = () => post(sleeper.connectionId, 'x'.repeat(LARGEST_BYTES));
  let refusal;
  // 64 MB are more than all buffers on the way have room for.
  for (let times = 0; times < 512 && !refusal; times += 1) {
    refusal = await large().then(() => undefined, (error) => error);
  }
  equal([refusal?.constructor, refusal?.name], [LimitExceededException, 'LimitExceededException']);
  equal(refusal.$metadata.httpStatusCode, 429);

  await post(other.connectionId, 'nobody else waits');
  await hears(other, 'nobody else waits');
  await call(new DeleteConnectionCommand({ ConnectionId: sleeper.connectionId }));
  await gone(sleeper.connectionId);
  sleeper.socket.terminate();
});

check('a wrong stage is forbidden, and so is none', async () => {
  for (const endpoint of [`${ADDRESS}/prod`, ADDRESS]) {
    await forbidden(newClient({ endpoint }), 'ForbiddenException', 'Forbidden');
  }
});

check('a wrong region is no signature', async () => {
  const words = "Credential should be scoped to a valid region, not 'eu-west-1'. ";
  await forbidden(newClient({ region: 'eu-west-1' }), 'InvalidSignatureException', words);
});

check('a wrong signing name is no signature', async () => {
  const words = "Credential should be scoped to correct service: 'execute-api'. ";
  await forbidden(newClient({ signingName: 'lambda' }), 'InvalidSignatureException', words);
});

check('a wrong secret is no signature', async () => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'wrong' };
  const words = 'The request signature we calculated does not match';
  await forbidden(newClient({ credentials }), 'InvalidSignatureException', words);
});

check('an unknown access key is nobody', async () => {
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wrong' };
  const words = 'The security token included in the request is invalid.';
  await forbidden(newClient({ credentials }), 'UnrecognizedClientException', words);
});

check('no signature is no token', async () => {
  const signer = { sign: async (request) => request };
  await forbidden(newClient({ signer }), 'MissingAuthenticationTokenException', 'Missing Authentication Token');
});

check('who may not is denied, with the permission that is missing', async () => {
  const credentials = { accessKeyId: 'denied', secretAccessKey: 'denied' };
  const words = 'is not authorized to perform: execute-api:ManageConnections on resource: arn:aws:execute-api:';
  await forbidden(newClient({ credentials }), 'AccessDeniedException', words);
});

await runChecks();
