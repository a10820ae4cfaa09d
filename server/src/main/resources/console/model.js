/* One model: its aliases, rollouts, versions, and who changed them. */

import { confirm } from './confirm.js';
import { el } from './dom.js';
import { section, table } from './parts.js';
import * as registry from './registry.js';
import { ago, count, decimals, milliseconds, part, short, told } from './words.js';

/** @typedef {import('./registry.js').Model} Model */

/**
 * @param {Model} model
 * @param {Record<string, import('./registry.js').Rollout>} rollouts by alias, where there is one
 * @param {import('./registry.js').AuditLine[]} lines
 * @param {() => void} changed called when something was changed
 * @returns {Node[]}
 */
export function view(model, rollouts, lines, changed) {
  const now = Date.now();
  return [
    el('h2', {}, model.name),
    aliases(model, rollouts, changed),
    ...Object.entries(rollouts).map(([alias, rollout]) => split(model, alias, rollout, changed)),
    versions(model, now, changed),
    history(lines, now),
  ];
}

const button = (text, label, onclick, disabled = false) =>
  el('button', { type: 'button', class: 'small', 'aria-label': label, onclick, disabled }, text);

const available = ({ versions: all }) => all.filter(({ state }) => state === 'AVAILABLE');

function aliases(model, rollouts, changed) {
  const rows = Object.entries(model.aliases).map(([alias, version]) => {
    const ref = `${model.name}@${alias}`;
    const others = available(model).filter((other) => other.version !== version);
    const move = async () => {
      const done = await confirm({
        title: `Move ${ref}`,
        text: `It is version ${version}. When the other one is loaded, every new request for ${ref} gets that.`,
        action: 'Move',
        versions: others.toReversed().map((other) => ({ value: other.version, text: `version ${other.version}` })),
        run: (to) => registry.move(model.name, alias, to, version),
      });
      if (done) changed();
    };
    const back = async () => {
      const done = await confirm({
        title: `Roll ${ref} back`,
        text: `It is version ${version} and goes back to the version that it was before, once that is loaded.`,
        action: 'Roll back',
        run: () => registry.rollBack(model.name, alias, version),
      });
      if (done) changed();
    };
    return el('tr', { 'data-alias': alias },
      el('th', { scope: 'row' }, alias),
      el('td', {}, `version ${version}`),
      el('td', { class: 'actions' },
        button('Move …', `Move ${alias}`, move, others.length === 0),
        button('Roll back …', `Roll ${alias} back`, back)));
  });
  return section('aliases', 'Aliases',
    rows.length > 0 ? table(['Alias', 'Serves', ''], rows) : el('p', { class: 'soft' }, 'None yet: no version is available.'));
}

function split(model, alias, rollout, changed) {
  const end = async () => {
    const done = await confirm({
      title: `End the rollout of ${model.name}@${alias}`,
      text: `Every new request gets version ${rollout.stable} again.`,
      action: 'End it',
      run: () => registry.endRollout(model.name, alias),
    });
    if (done) changed();
  };
  const { stable, canary, percent: share, shadow, shadowPercent, stopped } = rollout;
  const isRunning = canary !== undefined || shadow !== undefined;
  return section(`rollout-${alias}`, `Rollout of ${alias}`,
    ...(stopped ? [el('p', { class: 'why' },
      `Version ${stopped.canary} was a canary until ${stopped.at}, and did worse: ${stopped.detail}`)] : []),
    ...(canary === undefined ? [] : [
      el('p', {}, `Version ${canary} answers for ${share} % of the assets, version ${stable} for the others.`),
      el('div', { class: 'share', role: 'img', 'aria-label': `${share} % canary` }, el('progress', { max: 100, value: share })),
    ]),
    ...(rollout.arms ? [arms(rollout)] : []),
    ...(shadow === undefined ? [] : [
      el('p', {}, `Version ${shadow} runs on copies of requests for ${shadowPercent} % of the assets; nobody gets its answers.`),
    ]),
    ...(rollout.agreement ? agreement(rollout.agreement) : []),
    ...(isRunning ? [el('p', {}, button('End the rollout …', `End the rollout of ${alias}`, end))] : []));
}

/** Figures of each version that answers. */
function arms(rollout) {
  return table(['Version', 'Requests', 'Errors', 'p50', 'p90', 'p99', 'Labels', 'Mean score'],
    Object.entries(rollout.arms).map(([arm, { requests, errors, millis, labels, meanScore }]) =>
      el('tr', { 'data-arm': arm },
        el('th', { scope: 'row' }, `${rollout[arm] ?? ''} (${arm})`),
        ...[count(requests), count(errors), milliseconds(millis.p50), milliseconds(millis.p90), milliseconds(millis.p99),
          count(labels), decimals(meanScore)].map((text) => el('td', {}, text)))));
}

/** How far a shadow's answers are those that were given. */
function agreement({ compared, failed, dropped, matched, meanOverlap, sameLabel, meanScoreShift, countDifference,
  stableMillis, shadowMillis, note }) {
  const figures = [
    ['compared', count(compared)],
    ['matched', part(matched)],
    ['overlap', part(meanOverlap)],
    ['the same label', part(sameLabel)],
    ['score shift', decimals(meanScoreShift)],
    ['labels more or less', count(countDifference)],
    ['p50 of the work', `${milliseconds(shadowMillis?.p50)} for ${milliseconds(stableMillis?.p50)}`],
    ['failed', count(failed)],
    ['dropped', count(dropped)],
  ];
  return [
    el('dl', { class: 'figures' }, ...figures.map(([name, text]) => el('div', {}, el('dt', {}, name), el('dd', {}, text)))),
    el('p', { class: 'soft' }, note),
  ];
}

/** What each server has of a version in memory, where one has anything. */
const residency = ({ replicas = [] }) => {
  const warm = replicas.filter((replica) => replica.residency !== 'COLD');
  return warm.length === 0 ? [] : [el('p', { class: 'soft replicas' },
    warm.map((replica) => `${replica.residency.toLowerCase()} on ${replica.name}`).join(', '))];
};

function versions(model, now, changed) {
  const named = (number) => Object.entries(model.aliases).filter(([, version]) => version === number).map(([alias]) => alias);
  const rows = model.versions.toReversed().map((version) => {
    const names = named(version.version);
    const retire = async () => {
      const done = await confirm({
        title: `Retire ${version.ref}`,
        text: 'It takes no new requests, those under way end, and its memory is given back. Its files stay.',
        action: 'Retire',
        run: () => registry.retire(model.name, version.version),
      });
      if (done) changed();
    };
    return el('tr', { 'data-version': version.version },
      el('th', { scope: 'row' }, version.version),
      el('td', {}, el('span', { class: 'state', 'data-state': version.state }, version.state.toLowerCase()),
        ...names.map((name) => el('span', { class: 'name' }, name)),
        ...residency(version),
        ...(version.failure ? [el('p', { class: 'why' }, version.failure)] : [])),
      el('td', { title: version.registeredAt }, ago(version.registeredAt, now)),
      el('td', { class: 'content' }, el('code', { title: version.digest }, short(version.digest))),
      el('td', { class: 'actions' },
        el('a', { href: `v1/registry/models/${encodeURIComponent(model.name)}/versions/${version.version}/validation.html` },
          'Validation'),
        button('Retire …', `Retire version ${version.version}`, retire, version.state === 'RETIRED' || names.length > 0)));
  });
  const hidden = (model.versionCount ?? model.versions.length) - model.versions.length;
  return section('versions', 'Versions', table(['', 'State', 'Registered', 'Content', ''], rows),
    ...(hidden > 0 ? [el('p', { class: 'soft' }, `and ${hidden} earlier ones`)] : []));
}

const history = (lines, now) => section('history', 'History',
  lines.length === 0
    ? el('p', { class: 'soft' }, 'Nothing among the last thousand lines of the audit.')
    : el('ol', { class: 'lines' }, ...lines.map((line) =>
      el('li', {}, el('time', { datetime: line.at, title: line.at }, ago(line.at, now)), ' ', told(line),
        el('span', { class: 'soft' }, ` by ${line.principal}`)))));
