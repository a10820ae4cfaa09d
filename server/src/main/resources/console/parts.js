/* What the console's views are made of. */

import { el } from './dom.js';

export const section = (id, title, ...content) =>
  el('section', { 'aria-labelledby': `${id}-title`, id }, el('h3', { id: `${id}-title` }, title), ...content);

export const table = (heads, rows) =>
  el('div', { class: 'wide' },
    el('table', {},
      el('thead', {}, el('tr', {}, ...heads.map((head) => el('th', { scope: 'col', class: head === 'Content' ? 'content' : undefined }, head)))),
      el('tbody', {}, ...rows)));
