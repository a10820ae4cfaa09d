/* What went wrong, for people: what it is, what the server calls it, and what can be done. */

import { el } from './dom.js';

/**
 * Fills the problem card.
 *
 * @param {HTMLElement} card
 * @param {unknown} failure a Problem, or anything that was thrown
 * @param {() => void} [again] what trying again does, where that makes sense
 */
export function drawProblem(card, failure, again) {
  const problem = failure instanceof Error ? failure : new Error(String(failure));
  const facts = [
    ['Reason', problem.reason],
    ['Field', problem.field],
    ['Request', problem.requestId],
    ['Try again in', problem.retryAfter && `${problem.retryAfter} s`],
  ].filter(([, value]) => value);
  card.replaceChildren(
    el('h2', {}, problem.title ?? 'Something went wrong on this page'),
    el('p', {}, problem.message),
    el('dl', { class: 'facts' }, ...facts.flatMap(([name, value]) =>
      [el('dt', {}, name), el('dd', { 'data-fact': name.toLowerCase() }, value)])),
    ...(again && problem.retryable ? [el('button', { type: 'button', class: 'primary', onclick: again }, 'Try again')] : []),
  );
}
