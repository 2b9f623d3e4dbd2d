// What the server says, read once. Everything behind this file works with the shapes made here.

/**
 * Reads one text frame.
 * @param {string} text
 * @returns {{kind: 'message', id: string, requestId: string, userId: string, name: string, content: string, sentAt: Date}
 *   | {kind: 'deleted', id: string, requestId: string, messageId: string, reason: string}
 *   | {kind: 'disconnected', id: string, requestId: string, userId: string, reason: string}
 *   | {kind: 'event', id: string, requestId: string, name: string}
 *   | {kind: 'error', requestId: string, code: number, message: string}
 *   | {kind: 'gateway-error', message: string}
 *   | {kind: 'unknown'}}
 */
export function readFrame(text) {
  const frame = parseObject(text);
  switch (frame.Type) {
    case 'MESSAGE': return readMessage(frame);
    case 'EVENT': return readEvent(frame);
    case 'ERROR': return {
      kind: 'error',
      requestId: string(frame.RequestId),
      code: Number(frame.ErrorCode) || 500,
      message: string(frame.ErrorMessage) || 'The server gave no reason.',
    };
    // API Gateway's own frame, sent when the function behind it failed. It has no Type and names no request of ours.
    case undefined: return typeof frame.message === 'string' && typeof frame.connectionId === 'string'
      ? { kind: 'gateway-error', message: frame.message }
      : { kind: 'unknown' };
    default: return { kind: 'unknown' };
  }
}

function readMessage(frame) {
  const userId = string(frame.Sender?.UserId);
  return {
    kind: 'message',
    id: string(frame.Id),
    requestId: string(frame.RequestId),
    userId,
    name: string(frame.Sender?.Attributes?.username) || userId || 'Unknown',
    content: string(frame.Content),
    sentAt: readTime(frame.SendTime),
  };
}

function readEvent(frame) {
  const attributes = frame.Attributes ?? {};
  const base = { id: string(frame.Id), requestId: string(frame.RequestId) };
  const reason = string(attributes.Reason);
  switch (frame.EventName) {
    case 'aws:DELETE_MESSAGE':
      return { ...base, kind: 'deleted', reason, messageId: string(attributes.MessageID) || string(attributes.MessageId) };
    case 'aws:DISCONNECT_USER':
      return { ...base, kind: 'disconnected', reason, userId: string(attributes.UserId) };
    default:
      return { ...base, kind: 'event', name: string(frame.EventName) };
  }
}

function readTime(value) {
  const time = new Date(string(value));
  return Number.isNaN(time.getTime()) ? new Date() : time;
}

function parseObject(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' ? value : { Type: 'not a frame' };
  } catch {
    return { Type: 'not a frame' };
  }
}

function string(value) {
  return typeof value === 'string' ? value : '';
}
