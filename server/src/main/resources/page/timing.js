/* Where the time went: the server's own account, and what was spent outside of it. */

import { el } from './dom.js';

/** @typedef {{name: string, millis: number}} Span */

const WORDS = {
  fetch: 'fetch',
  decode: 'decode',
  queue: 'wait',
  infer: 'model',
  postprocess: 'labels',
  write: 'write',
};

/**
 * The spans of a `Server-Timing` header; entries without a duration are left out.
 *
 * @param {string} header
 * @returns {Span[]}
 */
export function parseServerTiming(header) {
  return header.split(',').flatMap((entry) => {
    const [name, ...parameters] = entry.split(';').map((part) => part.trim());
    const duration = parameters.find((parameter) => /^dur\s*=/i.test(parameter));
    const millis = Number(duration?.split('=')[1].replaceAll('"', ''));
    return name && duration && Number.isFinite(millis) ? [{ name, millis }] : [];
  });
}

/**
 * What the server did, and how long all of it and all of the rest took.
 *
 * @param {Span[]} spans as the server gave them, `total` among them
 * @param {number} millis as seen here
 * @returns {{stages: Span[], server: number, outside: number}} stages: those that took any time; outside: on the way
 *   there and back, and in the browser
 */
export function account(spans, millis) {
  const stages = spans.filter((span) => span.name !== 'total' && span.millis > 0);
  const server = spans.find((span) => span.name === 'total')?.millis ?? sum(stages);
  return { stages, server, outside: Math.max(0, millis - server) };
}

/** @param {number} millis */
export const inWords = (millis) =>
  millis >= 10_000 ? `${(millis / 1000).toFixed(1)} s`
  : millis >= 10 ? `${Math.round(millis)} ms`
  : millis >= 0.1 ? `${millis.toFixed(1)} ms`
  : '< 0.1 ms';

/**
 * Draws a bar and its key.
 *
 * @param {HTMLElement} target
 * @param {Span[]} spans as the server gave them
 * @param {number} millis as seen here
 */
export function drawTiming(target, spans, millis) {
  const { stages, server, outside } = account(spans, millis);
  const bar = el('div', { class: 'time-bar', 'aria-hidden': 'true' });
  const key = el('dl', { class: 'time-key' });
  for (const span of stages) {
    const part = el('span', { class: 'time-part', 'data-span': span.name });
    part.style.flexGrow = String(span.millis);
    bar.append(part);
    key.append(
      el('div', { 'data-span': span.name },
        el('dt', {}, WORDS[span.name] ?? span.name),
        el('dd', {}, inWords(span.millis))),
    );
  }
  const sums = el('p', { class: 'time-sums' }, el('b', {}, inWords(server)), ' on the server, ',
    el('b', {}, inWords(outside)), ' on the way and in the browser');
  target.replaceChildren(sums, bar, key);
}

const sum = (spans) => spans.reduce((total, span) => total + span.millis, 0);
