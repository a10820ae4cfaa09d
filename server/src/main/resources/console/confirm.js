/* Nothing changes without a second look: what will happen, in words, and the answer to it. */

import { byId, el } from './dom.js';

const dialog = () => /** @type {HTMLDialogElement} */ (byId('confirm'));

/**
 * Asks, and does it if told to. The dialog stays open with the reason where it fails.
 *
 * @param {{title: string, text: string, action: string, versions?: {value: number, text: string}[],
 *   run: (version: number | undefined) => Promise<unknown>}} question versions: to choose one of
 * @returns {Promise<boolean>} whether it was done
 */
export function confirm({ title, text, action, versions = [], run }) {
  byId('confirm-title').textContent = title;
  byId('confirm-text').textContent = text;
  byId('confirm-choice').hidden = versions.length === 0;
  const choice = /** @type {HTMLSelectElement} */ (byId('confirm-version'));
  choice.replaceChildren(...versions.map(({ value, text: label }) => el('option', { value }, label)));
  const problem = byId('confirm-problem');
  problem.hidden = true;
  const go = /** @type {HTMLButtonElement} */ (byId('confirm-do'));
  const cancel = /** @type {HTMLButtonElement} */ (byId('confirm-cancel'));
  go.textContent = action;
  const busy = (is) => {
    go.disabled = is;
    cancel.disabled = is;
    go.setAttribute('aria-busy', String(is));
  };
  busy(false);
  return new Promise((resolve) => {
    let done = false;
    go.onclick = async () => {
      busy(true);
      problem.hidden = true;
      try {
        await run(versions.length > 0 ? Number(choice.value) : undefined);
        done = true;
        dialog().close();
      } catch (failure) {
        problem.textContent = failure.message;
        problem.hidden = false;
      } finally {
        busy(false);
      }
    };
    cancel.onclick = () => dialog().close();
    dialog().oncancel = (event) => {
      if (go.disabled) event.preventDefault();
    };
    dialog().onclose = () => resolve(done);
    dialog().showModal();
    (versions.length > 0 ? choice : cancel).focus();
  });
}
