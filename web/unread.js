// The tab's title, with the number of messages that came while nobody looked.

/** @returns {{count: () => void, setTitle: (name: string) => void}} */
export function showUnread() {
  let title = '';
  let unread = 0;
  const show = () => {
    const name = title ? `${title} · Parlor` : 'Parlor';
    document.title = unread > 0 ? `(${unread}) ${name}` : name;
  };
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState !== 'visible') return;
    unread = 0;
    show();
  });
  return {
    count: () => {
      if (document.visibilityState === 'visible') return;
      unread += 1;
      show();
    },
    setTitle: (name) => {
      title = name;
      show();
    },
  };
}
