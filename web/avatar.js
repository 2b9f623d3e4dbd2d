// A colour and initials by which a person is recognised.

/** Gives an element the stable colour of a user id and the initials of a name. */
export function paintAvatar(element, userId, name) {
  element.textContent = initials(name);
  // The colour also serves the author's name beside the avatar.
  (element.closest('.message') ?? element).style.setProperty('--hue', hueOf(userId));
}

function initials(name) {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0]).join('').toUpperCase() || '?';
}

function hueOf(userId) {
  let hash = 2166136261;
  for (const character of userId) hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  // Neighbours on the colour wheel look alike: sixteen steps are enough, and differ.
  return ((hash >>> 8) % 16) * 22.5;
}
