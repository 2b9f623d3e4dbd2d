// Whether the host of this page also offers a backend, and where.

import { ControlPlane } from './control.js';

/**
 * Reads `stack.json` beside the page. A page with several APIs takes the first of each kind, or the ones named in
 * its address: `?webSocketApi=Id&httpApi=Id`.
 * @returns {Promise<{webSocketUrl: string, control: ControlPlane} | null>} `null` on a plain static host
 */
export async function readStack() {
  try {
    const response = await fetch('stack.json', { cache: 'no-store' });
    if (!response.ok) return null;
    const stack = await response.json();
    const wanted = new URLSearchParams(location.search);
    const webSocketApi = wanted.get('webSocketApi') ?? Object.keys(stack.webSocketApis)[0];
    const httpApi = wanted.get('httpApi') ?? stack.httpApis[0];
    if (!httpApi || !stack.webSocketApis[webSocketApi]) return null;
    return {
      webSocketUrl: stack.webSocketApis[webSocketApi].url,
      control: new ControlPlane(`http-apis/${encodeURIComponent(httpApi)}`),
    };
  } catch {
    return null;
  }
}
