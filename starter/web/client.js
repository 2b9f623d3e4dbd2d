// The client: connects, sends what you type, and shows what the others send.

const [connectForm, sayForm] = ['connect', 'say'].map((id) => document.getElementById(id));
const [status, log] = ['status', 'log'].map((id) => document.getElementById(id));
let socket = null;

connectForm.elements.name.value = `guest-${crypto.getRandomValues(new Uint16Array(1))[0] % 1000}`;
connectForm.addEventListener('submit', (event) => {
  event.preventDefault();
  const url = new URL(connectForm.elements.url.value);
  url.searchParams.set('name', connectForm.elements.name.value);
  connect(url);
});

sayForm.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = sayForm.elements.text.value;
  socket.send(JSON.stringify({ action: 'say', text }));
  show('you', text);
  sayForm.reset();
});

function connect(url) {
  socket?.close();
  const opened = new WebSocket(url);
  socket = opened;
  setStatus('Connecting …', false);
  opened.onopen = () => setStatus('Connected', true);
  opened.onmessage = ({ data }) => receive(JSON.parse(data));
  opened.onclose = ({ code }) => {
    // A socket that another one has replaced has nothing to say.
    if (socket === opened) setStatus(`Disconnected (${code})`, false);
  };
}

// Other frames, such as those that keep the connection open, are not shown.
function receive(frame) {
  // API Gateway closes every connection after two hours: `keepalive` asks for a new one before that.
  if (frame.event === 'reconnect') connect(new URL(socket.url));
  else if (frame.from !== undefined) show(frame.from, frame.text);
  else if (frame.delivered !== undefined) setStatus(`Delivered to ${frame.delivered}`, true);
  else if (frame.message !== undefined) setStatus(`Error: ${frame.message}`, true);
}

function show(from, text) {
  const line = document.createElement('li');
  const name = document.createElement('b');
  name.textContent = from;
  line.append(name, ` ${text}`);
  log.append(line);
  line.scrollIntoView();
}

function setStatus(text, isConnected) {
  status.textContent = text;
  sayForm.querySelector('button').disabled = !isConnected;
}

// `parlor` serves the addresses of its APIs next to the page. A static host does not: enter the URL there.
const response = await fetch('stack.json').catch(() => null);
if (response?.ok) {
  const { webSocketApis } = await response.json();
  connectForm.elements.url.value = Object.values(webSocketApis)[0]?.url ?? '';
  if (connectForm.reportValidity()) connectForm.requestSubmit();
}
