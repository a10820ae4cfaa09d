/* The console: asks the server every few seconds, and shows what it says. */

import { byId, el, icon } from './dom.js';
import { view } from './model.js';
import * as registry from './registry.js';
import { offerLogout } from './session.js';
import * as status from './status.js';
import { health } from './words.js';

const PERIOD_MILLIS = 3000;

/** Not what a model can be called. */
const STATUS = '#/status';
offerLogout(byId('logout'));

let drawing = Promise.resolve();
let shown = '';

/** The status as it was looked at last: what changed since is told for each second. @type {{at: number, status: object} | undefined} */
let seen;

/** The model that the address names, or the first one. */
const chosen = (models) => {
  const wanted = decodeURIComponent(location.hash.slice(1));
  return models.find(({ name }) => name === wanted) ?? models[0];
};

async function draw() {
  try {
    const models = await registry.models();
    byId('lost').hidden = true;
    byId('no-models').hidden = models.length > 0 || location.hash === STATUS;
    const isStatus = location.hash === STATUS;
    const model = isStatus ? undefined : chosen(models);
    list(models, model, isStatus);
    if (isStatus) await showStatus();
    else if (model) await show(model);
    document.body.dataset.state = 'ready';
  } catch (problem) {
    byId('lost').textContent = problem.message;
    byId('lost').hidden = false;
  }
}

function list(models, model, isStatus) {
  byId('models').replaceChildren(
    el('a', { href: STATUS, class: 'of-server', 'aria-current': isStatus ? 'page' : undefined }, icon('pulse'), 'Status'),
    ...models.map((one) =>
    el('a', { href: `#${encodeURIComponent(one.name)}`, 'aria-current': one === model ? 'page' : undefined },
      el('span', { class: 'dot', 'data-state': health(one) }),
      one.name,
      el('small', {}, one.aliases.production === undefined ? 'not in production' : `version ${one.aliases.production}`))));
}

async function showStatus() {
  const now = await registry.status();
  const at = performance.now();
  if (location.hash !== STATUS) return;
  shown = '';
  byId('model').replaceChildren(...status.view(now, seen?.status, seen && (at - seen.at) / 1000));
  seen = { at, status: now };
}

async function show(model) {
  const aliases = Object.keys(model.aliases);
  const [lines, ...answers] = await Promise.all([
    registry.history(model.name),
    ...aliases.map((alias) => registry.rollout(model.name, alias)),
  ]);
  const rollouts = Object.fromEntries(aliases
    .map((alias, index) => [alias, answers[index]])
    .filter(([, { canary, shadow, stopped }]) => canary !== undefined || shadow !== undefined || stopped !== undefined));
  const state = JSON.stringify([model, rollouts, lines]);
  if (state === shown) return; // what has the focus, or is being read, stays
  shown = state;
  const focused = document.activeElement?.getAttribute('aria-label');
  byId('model').replaceChildren(...view(model, rollouts, lines, refresh));
  if (focused) document.querySelector(`#model [aria-label="${CSS.escape(focused)}"]`)?.focus();
}

/** One drawing after the other: an earlier answer never overtakes a later one. */
function refresh() {
  drawing = drawing.then(draw);
  return drawing;
}

addEventListener('hashchange', refresh);
setInterval(() => {
  if (!document.hidden) refresh();
}, PERIOD_MILLIS);
refresh();
