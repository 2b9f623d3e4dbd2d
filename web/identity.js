// Who this tab is: an id of its own, so that two tabs of one browser are two people.

import { pick, randomId } from './random.js';
import { load, save } from './storage.js';

const KEY = 'parlor.identity';
// A reload may have to wait until the page that it replaces lets go of the id.
const CLAIM_WITHIN_MS = 400;
const FIRST = ['Amber', 'Brisk', 'Clever', 'Daring', 'Early', 'Gentle', 'Lucky', 'Merry', 'Noble', 'Quiet', 'Sunny', 'Witty'];
const SECOND = ['Badger', 'Crane', 'Dolphin', 'Falcon', 'Heron', 'Ibis', 'Lynx', 'Marten', 'Otter', 'Puffin', 'Robin', 'Wren'];

/**
 * The identity of this tab: the same after a reload, another one in a duplicated tab.
 * @returns {Promise<{userId: string, name: string}>}
 */
export async function identify() {
  const known = load('sessionStorage', KEY);
  if (typeof known?.userId === 'string' && typeof known?.name === 'string' && await claim(known.userId)) return known;
  const fresh = { userId: randomId(), name: `${pick(FIRST)} ${pick(SECOND)}` };
  await claim(fresh.userId);
  save('sessionStorage', KEY, fresh);
  return fresh;
}

/** Remembers another name for this tab. */
export function rename(identity, name) {
  identity.name = name;
  save('sessionStorage', KEY, identity);
}

// Duplicating a tab copies its session storage. The tab that holds the lock is the one that keeps the id.
function claim(userId) {
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const holdUntilTheTabCloses = () => {
      resolve(true);
      return new Promise(() => {});
    };
    navigator.locks
      .request(`${KEY}.${userId}`, { signal: AbortSignal.timeout(CLAIM_WITHIN_MS) }, holdUntilTheTabCloses)
      .catch(() => resolve(false));
  });
}
