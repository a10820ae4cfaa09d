/* Logging out, where somebody has logged in, and back to the login where the session is over. */

/** Whether the browser has a session; the session itself no script can read. */
const isLoggedIn = () => /(^|; )firstpass-login=/.test(document.cookie);

/** Offers to log out. @param {HTMLElement} button */
export function offerLogout(button) {
  button.hidden = !isLoggedIn();
  button.addEventListener('click', async () => {
    await fetch('logout', { method: 'POST' }).catch(() => undefined);
    location.assign('login');
  });
}

/** Asks for a token anew if an answer says that the session is over. @param {Response} response */
export function heedEnd(response) {
  if (response.status === 401 && isLoggedIn()) location.assign(`login${location.hash}`);
}
