const WORDS = __WORDS__;
const SILENCE_MS = __SILENCE__;

function makeWatchdog() {
  const stamp = () => ({mono: performance.now(), wall: Date.now()});
  const dog = {heard: stamp(), covered: false, wantsRedraw: false, focused: null};

  // The clock may be set back and a sleeping computer stops the other count: the larger one tells.
  dog.silentMs = () => Math.max(performance.now() - dog.heard.mono, Date.now() - dog.heard.wall);

  dog.connected = () => {
    const app = document.querySelector('[data-test-connection-state]');
    return app === null || app.getAttribute('data-test-connection-state') === 'CONNECTED';
  };

  // Called with every word from the server. Returns true when the page should be drawn again.
  dog.hear = () => {
    if (!dog.connected()) return false;
    if (dog.covered && dog.wantsRedraw) return true;
    dog.heard = stamp();
    dog.look();
    return false;
  };

  // Called when the page has been drawn by the server.
  dog.drawn = () => { dog.wantsRedraw = false; };

  dog.cover = () => {
    const root = document.getElementById('root');
    dog.focused = document.activeElement;
    if (root) root.inert = true;
    const sheet = document.createElement('div');
    sheet.id = '__ID__';
    sheet.setAttribute('role', 'alert');
    sheet.setAttribute('style', 'position:fixed;inset:0;z-index:2147483647;display:flex;' +
      'flex-direction:column;justify-content:center;align-items:center;gap:1.2rem;padding:2rem;' +
      'background:#000000f7;color:#fff;border:1.2rem solid #E0283F;box-sizing:border-box;' +
      'font-family:system-ui,sans-serif;text-align:center;');
    const line = (tag, text, style) => {
      const part = document.createElement(tag);
      part.textContent = text;
      part.setAttribute('style', style);
      sheet.appendChild(part);
      return part;
    };
    line('h1', WORDS.head, 'font-size:min(16vw,8rem);line-height:1;margin:0;font-weight:800;color:#fff;');
    dog.count = line('p', '', 'font-size:1.6rem;margin:0;font-weight:700;color:#fff;');
    line('p', WORDS.body, 'font-size:1.5rem;margin:0;max-width:44rem;color:#fff;');
    line('p', WORDS.typed, 'font-size:1.1rem;margin:0;color:#fff;');
    document.body.appendChild(sheet);
    dog.covered = true;
    dog.wantsRedraw = true;
  };

  dog.uncover = () => {
    document.getElementById('__ID__')?.remove();
    const root = document.getElementById('root');
    if (root) root.inert = false;
    if (dog.focused && dog.focused.isConnected) dog.focused.focus();
    dog.covered = false;
  };

  dog.look = () => {
    const silent = dog.silentMs();
    if (silent > SILENCE_MS && !dog.covered) dog.cover();
    if (silent <= SILENCE_MS && dog.covered) dog.uncover();
    if (dog.covered) dog.count.textContent = `${WORDS.since} ${Math.floor(silent / 1000)} s`;
  };

  setInterval(dog.look, 500);
  document.addEventListener('visibilitychange', dog.look);
  return dog;
}
