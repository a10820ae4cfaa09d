/* How the server stands: queues, devices, workers, what is in memory, rollouts, and how requests end. */

import { el } from './dom.js';
import { flow } from './flow.js';
import { section, table } from './parts.js';
import { count, duration, milliseconds, part, perSecond, size } from './words.js';

/**
 * @typedef {{rows: number, bulkRows: number, bytes: number, backlogMillis: number, oldestMillis: number, runs: number,
 *   ranRows: number, capacityRows: number, turnedAway: number, expired: number, cancelled: number}} Queue
 * @typedef {{ref: string, tenant?: string, model: string, version: number, residency: 'COLD' | 'LOADING' | 'SERVING' | 'FAILED',
 *   aliases: string[], bytes: Record<string, number>, queue?: Queue}} Version
 * @typedef {{uptimeSeconds: number, ready: boolean,
 *   devices: {id: string, budgetBytes: number, usedBytes: number}[],
 *   workers: {group: string, device: string, role: string, pid?: number, walled: boolean, gaps: string[]}[],
 *   versions: Version[], requests: Record<string, number>,
 *   rollouts: {alias: string, tenant?: string, model: string, stable: number, canary?: number, percent?: number, shadow?: number,
 *     shadowPercent?: number}[]}} Status
 */

/**
 * @param {Status} now
 * @param {Status} [before]
 * @param {number} [seconds] between them
 * @returns {Node[]}
 */
export function view(now, before, seconds) {
  const moving = flow(now, before, seconds);
  return [
    el('h2', {}, 'Status'),
    summary(now, moving),
    queues(now, moving),
    devices(now),
    workers(now),
    rollouts(now),
    reasons(now, moving),
  ];
}

const cells = (...texts) => texts.map((text) => el('td', {}, text));

const figure = (name, text, attributes = {}) => el('div', {}, el('dt', {}, name), el('dd', attributes, text));

/** A way to the model's page; there is none of another tenant's. */
const named = (text, tenant, model) => (tenant === undefined ? el('a', { href: `#${encodeURIComponent(model)}` }, text) : text);

function summary({ ready, uptimeSeconds, versions, requests }, { requests: rate }) {
  const waiting = versions.reduce((sum, { queue }) => sum + (queue?.rows ?? 0), 0);
  const failed = Object.entries(requests).filter(([reason]) => reason !== 'OK').reduce((sum, [, number]) => sum + number, 0);
  const total = Object.values(requests).reduce((sum, number) => sum + number, 0);
  return el('section', { 'aria-label': 'Now' }, el('dl', { class: 'figures' },
    figure('Server', ready ? 'ready' : 'not ready', { class: ready ? 'good' : 'why', id: 'ready' }),
    figure('Running for', duration(uptimeSeconds)),
    figure('Requests', perSecond(rate)),
    figure('Rows that wait', count(waiting)),
    figure('Not answered', total > 0 ? part(failed / total) : part(undefined))));
}

function queues({ versions, devices: all }, { versions: moving }) {
  const rows = versions.map(({ ref, tenant, model, residency, aliases, bytes, queue }) => {
    const { rows: rate, batch, fill } = moving[ref] ?? {};
    const held = Object.entries(bytes).map(([device, held]) => (all.length > 1 ? `${size(held)} on ${device}` : size(held))).join(', ');
    return el('tr', { 'data-ref': ref },
      el('th', { scope: 'row' }, named(ref, tenant, model),
        ...aliases.map((alias) => el('span', { class: 'name' }, alias))),
      el('td', {}, el('span', { class: 'state', 'data-residency': residency }, residency.toLowerCase())),
      ...cells(
        queue ? `${count(queue.rows)}${queue.bulkRows > 0 ? `, ${count(queue.bulkRows)} in bulk` : ''}` : '–',
        queue?.rows > 0 ? milliseconds(queue.oldestMillis) : '–',
        queue?.rows > 0 ? milliseconds(queue.backlogMillis) : '–',
        perSecond(rate),
        batch === undefined ? '–' : batch.toFixed(1)),
      el('td', {}, ...(fill === undefined ? ['–'] : [meter(fill, `fill of runs of ${ref}`), ` ${part(fill)}`])),
      ...cells(count(queue && queue.turnedAway + queue.expired), held || '–'));
  });
  return section('queues', 'Queues, batches and memory', rows.length > 0
    ? table(['Version', 'In memory', 'Rows wait', 'Oldest', 'Work ahead', 'Rows run', 'Rows a run', 'Fill', 'Turned away', 'Holds'], rows)
    : el('p', { class: 'soft' }, 'No version is in memory, and no alias names one.'));
}

const meter = (value, label) => el('progress', { max: 1, value: Math.min(value, 1), 'aria-label': label });

const devices = ({ devices: all }) => section('devices', 'Devices',
  table(['Device', 'Memory of models'], all.map(({ id, budgetBytes, usedBytes }) =>
    el('tr', { 'data-device': id },
      el('th', { scope: 'row' }, id),
      el('td', {}, meter(budgetBytes > 0 ? usedBytes / budgetBytes : 0, `memory of models on ${id}`),
        ` ${size(usedBytes)} of ${size(budgetBytes)} that they may hold`)))));

function workers({ workers: all }) {
  const rows = all.map(({ group, device, role, pid, walled, gaps }) =>
    el('tr', { 'data-role': role },
      el('th', { scope: 'row' }, role),
      ...cells(device, group, pid === undefined ? 'not started' : `process ${pid}`),
      el('td', {}, ...(pid === undefined ? ['–'] : walled
        ? [el('span', { class: 'good' }, 'walled in')]
        : [el('span', { class: 'why' }, `missing: ${gaps.join(', ')}`)]))));
  return section('workers', 'Workers', rows.length > 0
    ? table(['Worker', 'Device', 'Works for', 'Process', 'Walls'], rows)
    : el('p', { class: 'soft' }, "Models run in the server's own process, without walls."));
}

const rollouts = ({ rollouts: all }) => section('rollouts', 'Rollouts', all.length === 0
  ? el('p', { class: 'soft' }, 'None: every alias has one version.')
  : table(['Alias', 'Serves', 'Canary', 'Shadow'], all.map(({ alias, tenant, model, stable, canary, percent, shadow, shadowPercent }) =>
    el('tr', { 'data-alias': alias },
      el('th', { scope: 'row' }, named(alias, tenant, model)),
      ...cells(`version ${stable}`,
        canary === undefined ? '–' : `version ${canary}, ${percent} % of the assets`,
        shadow === undefined ? '–' : `version ${shadow}, copies of ${shadowPercent} %`)))));

function reasons({ requests }, { reasons: moving }) {
  const rows = Object.entries(requests).filter(([reason]) => reason !== 'OK').sort(([, a], [, b]) => b - a)
    .map(([reason, number]) => el('tr', { 'data-reason': reason },
      el('th', { scope: 'row' }, el('code', {}, reason)), ...cells(count(number), perSecond(moving[reason]))));
  return section('reasons', 'Requests that were not answered, by reason', rows.length > 0
    ? table(['Reason', 'Since the start', 'Now'], rows)
    : el('p', { class: 'soft' }, `None of ${count(requests.OK ?? 0)}.`));
}
