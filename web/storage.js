// Browser storage that may be full, blocked or filled by somebody else: then the page works without it.

/** What is stored as JSON under `key`, or `null`. `area` is the property of `window`: reading it may already throw. */
export function load(area, key) {
  try {
    return JSON.parse(window[area].getItem(key));
  } catch {
    return null;
  }
}

/** Stores `value` as JSON under `key` if the browser allows it. */
export function save(area, key, value) {
  try {
    window[area].setItem(key, JSON.stringify(value));
  } catch {
    // Blocked or full: the value lives as long as the page.
  }
}

/** Runs `work` while no other tab of this origin runs something under the same name. */
export function exclusively(name, work) {
  // Locks exist only on HTTPS and loopback pages.
  return navigator.locks ? navigator.locks.request(name, work) : work();
}
