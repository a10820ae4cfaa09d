/* The registry's HTTP interface as functions. Everything that goes wrong arrives as a Problem. */

import { heedEnd } from './session.js';

/**
 * @typedef {'REGISTERED' | 'VALIDATING' | 'AVAILABLE' | 'FAILED' | 'CORRUPT' | 'RETIRED'} State
 * @typedef {{name: string, residency: 'COLD' | 'LOADING' | 'SERVING' | 'FAILED'}} Replica what a server has in memory
 * @typedef {{ref: string, version: number, digest: string, state: State, registeredAt: string, failure?: string,
 *   replicas?: Replica[]}} Version
 * @typedef {{name: string, aliases: Record<string, number>, versions: Version[], versionCount?: number}} Model
 * @typedef {{stable: number, canary?: number, percent?: number, shadow?: number, shadowPercent?: number, arms?: object,
 *   agreement?: object, stopped?: {canary: number, at: string, detail: string}}} Rollout as the server has it
 * @typedef {{id: number, principal: string, at: string, action: string, name: string, subject: string, from: string,
 *   to: string, result: string}} AuditLine
 */

/** What the server refused, or could not do, in its own words. */
export class Problem extends Error {
  /** @param {{title: string, detail?: string, reason?: string}} fields */
  constructor(fields) {
    super(fields.detail ?? fields.title);
    this.name = 'Problem';
    Object.assign(this, fields);
  }
}

const MODELS = 'v1/registry/models';
const AUDIT_LINES = 20;
const MOST_LINES = 1000;
const MOST_PAGES = 100;

const path = (...parts) => [MODELS, ...parts.map(encodeURIComponent)].join('/');

/** All models with their newest versions. @returns {Promise<Model[]>} */
export async function models() {
  const found = [];
  let token = '';
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await ask(`${MODELS}${token && `?pageToken=${encodeURIComponent(token)}`}`);
    found.push(...answer.models);
    if (!answer.nextPageToken) break;
    token = answer.nextPageToken;
  }
  return found;
}

/** How this server stands. @returns {Promise<import('./status.js').Status>} */
export const status = () => ask('v1/status');

/** @param {string} name @param {string} alias @returns {Promise<Rollout>} */
export const rollout = (name, alias) => ask(path(name, 'rollouts', alias));

/** Moves an alias if it still is where it was seen. It returns when the version serves. */
export const move = (name, alias, version, seen) =>
  ask(path(name, 'aliases', alias), {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', ...expected(seen) },
    body: JSON.stringify({ version }),
  });

export const rollBack = (name, alias, seen) =>
  ask(`${path(name, 'aliases', alias)}:rollback`, { method: 'POST', headers: expected(seen) });

export const endRollout = (name, alias) => ask(path(name, 'rollouts', alias), { method: 'DELETE' });

export const retire = (name, version) =>
  ask(`${path(name, 'versions', String(version))}:retire`, { method: 'POST' });

/** The end of the audit as far as it was read: lines never change, so each is asked for once. */
let read = { last: 0, lines: [] };

/** The last lines of the audit that concern a model, the newest first. @returns {Promise<AuditLine[]>} */
export async function history(name) {
  const { head } = await ask('v1/registry/audit?limit=1');
  if (head.id < read.last) read = { last: 0, lines: [] }; // another registry has taken the server's place
  if (head.id > read.last) {
    const after = Math.max(read.last, head.id - MOST_LINES);
    const { lines } = await ask(`v1/registry/audit?after=${after}&limit=${MOST_LINES}`);
    read = { last: lines.at(-1).id, lines: [...read.lines, ...lines].slice(-MOST_LINES) };
  }
  // A labeling project of that name is something else.
  return read.lines.filter((line) => line.name === name && line.action !== 'project').slice(-AUDIT_LINES).reverse();
}

const expected = (seen) => (seen === undefined ? {} : { 'If-Match': `"${seen}"` });

async function ask(url, init = {}) {
  let response;
  try {
    response = await fetch(url, init);
  } catch {
    throw new Problem({ title: 'The server does not answer.', reason: 'UNREACHABLE' });
  }
  const body = await response.json().catch(() => ({}));
  heedEnd(response);
  if (!response.ok) throw new Problem({ title: `The server answered ${response.status}.`, ...body });
  return body;
}
