// The list of remembered rooms.

import { fragmentOf } from './rooms.js';

/** Shows the rooms as links and marks the open one. */
export function showRooms(rooms, currentArn) {
  const sorted = rooms.toSorted((a, b) => a.name.localeCompare(b.name));
  document.getElementById('room-list').replaceChildren(...sorted.map((room) => {
    const link = document.createElement('a');
    link.href = fragmentOf(room.arn);
    link.textContent = room.name;
    // Names are not unique: the id tells rooms of one name apart.
    if (rooms.some((other) => other.name === room.name && other.arn !== room.arn)) link.append(idOf(room.arn));
    if (room.arn === currentArn) link.setAttribute('aria-current', 'page');
    const item = document.createElement('li');
    item.append(link);
    return item;
  }));
}

function idOf(arn) {
  const id = document.createElement('small');
  id.textContent = ` ${arn.slice(arn.lastIndexOf('/') + 1)}`;
  return id;
}
