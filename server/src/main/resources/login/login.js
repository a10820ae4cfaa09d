/* Shows a token once, for a session that the browser keeps where no script can read it. */

const form = document.getElementById('login');
const token = document.getElementById('token');
const problem = document.getElementById('problem');
const enter = document.getElementById('enter');

returnIfLoggedIn();

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  tell('');
  enter.disabled = true;
  const refusal = await refused(token.value.trim());
  enter.disabled = false;
  if (refusal) {
    tell(refusal);
    token.select();
  } else {
    goOn();
  }
});

token.addEventListener('input', () => tell(''));

/** To the page; what stands behind the address, a model for instance, is kept. */
function goOn() {
  location.replace(`./${location.hash}`);
}

/** A link from elsewhere is followed without the session, which a browser sends with the server's own links alone. */
async function returnIfLoggedIn() {
  if (!/(^|; )firstpass-login=/.test(document.cookie)) return;
  const response = await fetch('base.css', { method: 'HEAD' }).catch(() => undefined);
  if (response?.ok) goOn();
}

/** @param {string} words why the token was not taken; empty for nothing */
function tell(words) {
  problem.textContent = words;
  problem.hidden = !words;
  token.setAttribute('aria-invalid', String(Boolean(words)));
}

/** Logs in. @param {string} text @returns {Promise<string>} why not; empty if it worked */
async function refused(text) {
  try {
    const response = await fetch('login', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token: text }),
    });
    if (response.ok) return '';
    if (response.status === 401) return 'This token is not taken: it is mistyped, has expired, or was revoked.';
    return `The server said ${response.status} ${response.statusText}`.trim();
  } catch {
    return 'The server does not answer.';
  }
}
