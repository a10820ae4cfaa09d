/* The server's HTTP interface as functions. Everything that goes wrong arrives as a Problem. */

import { heedEnd } from './session.js';
import { parseServerTiming } from './timing.js';

/**
 * @typedef {{x: number, y: number, width: number, height: number}} Box asset pixels, upright, pixel edges
 *
 * @typedef {object} Annotation one finding, as the `firstpass` format has it
 * @property {string} id
 * @property {'box' | 'rotated-box' | 'polygon' | 'mask' | 'polyline' | 'keypoints' | 'classification'} type
 * @property {string} label
 * @property {number} score
 * @property {Box} [box] bounds; none for a classification
 * @property {{cx: number, cy: number, width: number, height: number, angle: number}} [rotatedBox]
 * @property {{parts: number[][][][]}} [polygon] parts, rings (outer first), points
 * @property {{size: [number, number], counts: string}} [mask] size: height, width
 * @property {{points: number[][]}} [polyline]
 * @property {{name: string, x: number, y: number, visibility: string, score: number}[]} [keypoints]
 * @property {Record<string, unknown>} [attributes]
 *
 * @typedef {object} Answer
 * @property {string} prediction
 * @property {{name: string, version: number, digest: string}} model
 * @property {{id: string, width: number, height: number, digest: string}} asset
 * @property {Annotation[]} annotations
 * @property {{reason: string, count: number}[]} [dropped]
 *
 * @typedef {object} Model
 * @property {string} name
 * @property {number} version the one that its bare name stands for
 * @property {number[]} versions
 * @property {{name: string, version: number}[]} aliases
 * @property {string} family
 * @property {string} geometry what it finds by nature
 * @property {string[]} geometries what it can be asked for
 * @property {string[]} classes
 * @property {boolean} [takesPrompt] whether it finds what is pointed at
 * @property {string} state
 * @property {number} threshold what the model's makers take for a finding
 * @property {(string | number)[][]} [skeleton] pairs of joints
 *
 * @typedef {{name: string, description?: string, default?: string}} FormatOption
 * @typedef {{id: string, mediaType: string, fileExtension: string, description: string, options: FormatOption[]}} Format
 * @typedef {{name: string, url: string, title: string}} Sample
 *
 * @typedef {object} Query what is asked of a model
 * @property {string} ref
 * @property {string} assetId
 * @property {string} [format]
 * @property {number} [threshold]
 * @property {string[]} [classes] only these; all where absent
 * @property {string} [geometry]
 * @property {Record<string, string>} [formatOptions]
 * @property {import('./prompts.js').Prompt} [prompt] for a model that takes one
 *
 * @typedef {{answer: Answer, spans: import('./timing.js').Span[], millis: number, requestId: string}} Answered
 *   millis: from the first byte sent to the last received, as seen here
 * @typedef {{asset: Answer['asset'], spans: import('./timing.js').Span[], millis: number}} Opened
 */

/** Something went wrong, in words for the user; the fields are those of RFC 9457 and of the server's own. */
export class Problem extends Error {
  /**
   * @param {{title: string, detail?: string, status?: number, reason?: string, field?: string, requestId?: string,
   *   retryable?: boolean, retryAfter?: string}} fields
   */
  constructor(fields) {
    super(fields.detail ?? fields.title);
    this.name = 'Problem';
    Object.assign(this, fields);
  }
}

/** @returns {Promise<Model[]>} */
export const models = async () => (await json('v1/models')).models.map(toModel);

/** @returns {Promise<Format[]>} */
export const formats = async () =>
  (await json('v1/formats')).formats.map((format) => ({ description: '', options: [], ...format }));

/** @returns {Promise<Sample[]>} */
export const samples = async () =>
  (await json('samples')).samples.map(({ name, title = name, url = `samples/${encodeURIComponent(name)}` }) =>
    ({ name, title, url }));

/**
 * The photo of a sample.
 *
 * @param {Sample} sample
 * @returns {Promise<Blob>}
 */
export const samplePhoto = async (sample) => (await send(sample.url)).blob();

/**
 * Path and query of a request for pre-labels, relative to the page.
 *
 * @param {Query} query
 */
export function prelabelPath({ ref, assetId, format = 'firstpass', threshold, classes, geometry, formatOptions = {} }) {
  const parameters = new URLSearchParams({ format });
  if (threshold !== undefined) parameters.set('threshold', String(threshold));
  if (classes) parameters.set('classes', list(classes));
  if (geometry && geometry !== 'native') parameters.set('geometry', geometry);
  parameters.set('asset-id', assetId);
  if (Object.keys(formatOptions).length > 0) parameters.set('format-options', pairs(formatOptions));
  return `v1/models/${inPath(ref)}/prelabels?${String(parameters).replaceAll('+', '%20')}`;
}

const inPath = (ref) => encodeURIComponent(ref).replace('%40', '@');

/** `a,b`, or JSON where a comma in a word would part it, or the first word looks like JSON. */
const list = (words) =>
  words.some((word) => word.includes(',')) || /^[[{]/.test(words[0]) ? JSON.stringify(words) : words.join(',');

/** `k:v,k2:v2`, or JSON where a comma in a value would part it. */
const pairs = (map) =>
  Object.values(map).some((value) => value.includes(','))
    ? JSON.stringify(map)
    : Object.entries(map).map(([name, value]) => `${name}:${value}`).join(',');

/** The content type that a photo is sent with: the server looks at the bytes, so an unknown one is no obstacle. */
export const contentType = (photo) => (photo.type.startsWith('image/') ? photo.type : 'application/octet-stream');

/**
 * Pre-labels of a photo, for drawing.
 *
 * @param {Blob} photo
 * @param {Query} query
 * @param {AbortSignal} signal
 * @returns {Promise<Answered>}
 */
export async function prelabel(photo, query, signal) {
  const began = performance.now();
  const response = await post(photo, query, signal);
  const answer = await response.json();
  return {
    answer,
    spans: parseServerTiming(response.headers.get('Server-Timing') ?? ''),
    millis: performance.now() - began,
    requestId: response.headers.get('X-Request-Id') ?? '',
  };
}

/**
 * Labels of a photo in a format, byte for byte as the server wrote them.
 *
 * @param {Blob} photo
 * @param {Query} query
 * @returns {Promise<{bytes: Blob, converted: string, leftOut: string}>} what the format could not say in its own
 *   terms, as `kind=count` entries; empty where there is nothing to tell
 */
export async function labels(photo, query) {
  const response = await post(photo, query);
  return {
    bytes: await response.blob(),
    converted: response.headers.get('Firstpass-Converted') ?? '',
    leftOut: response.headers.get('Firstpass-Left-Out') ?? '',
  };
}

/**
 * Digests of photos that the server holds, as far as this page knows; none where it has no room for one.
 *
 * @type {WeakMap<Blob, string | undefined>}
 */
const held = new WeakMap();

/**
 * Has a model that takes prompts look at a photo, and the server hold it, so that prompts to come bring neither the photo nor wait
 * for more than they must.
 *
 * @param {Blob} photo
 * @param {Query} query
 * @param {AbortSignal} [signal]
 * @returns {Promise<Opened>}
 */
export async function openPhoto(photo, { ref, assetId }, signal) {
  const began = performance.now();
  const path = `v1/models/${inPath(ref)}/assets?${String(new URLSearchParams({ 'asset-id': assetId })).replaceAll('+', '%20')}`;
  const response = await sendPhoto(path, photo, signal);
  const opened = await response.json();
  held.set(photo, opened.held ? opened.asset.digest : undefined);
  return {
    asset: opened.asset,
    spans: parseServerTiming(response.headers.get('Server-Timing') ?? ''),
    millis: performance.now() - began,
  };
}

const post = (photo, query, signal) =>
  query.prompt ? point(photo, query, signal) : sendPhoto(prelabelPath(query), photo, signal);

/** By the photo's digest, if the server holds it; else the photo is sent with the prompt. */
async function point(photo, query, signal) {
  if (!held.has(photo)) await openPhoto(photo, query, signal);
  const digest = held.get(photo);
  if (!digest) return sendForm(photo, query, signal);
  try {
    return await send(prelabelPath(query), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ asset: { digest }, prompt: query.prompt }),
      signal,
    });
  } catch (problem) {
    if (problem.reason !== 'ASSET_NOT_HELD') throw problem;
    await openPhoto(photo, query, signal); // it was forgotten, or this is another server than before
    return sendForm(photo, query, signal);
  }
}

function sendForm(photo, query, signal) {
  const body = new FormData();
  body.append('image', photo);
  body.append('options', new Blob([JSON.stringify({ prompt: query.prompt })], { type: 'application/json' }));
  return send(prelabelPath(query), { method: 'POST', body, signal });
}

const sendPhoto = (path, photo, signal) =>
  send(path, { method: 'POST', headers: { 'Content-Type': contentType(photo) }, body: photo, signal });

const json = async (path) => (await send(path, { headers: { Accept: 'application/json' } })).json();

async function send(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch (failure) {
    if (init?.signal?.aborted) throw failure;
    throw new Problem({
      title: 'The server does not answer',
      detail: `Nothing came back from ${location.origin}. It may have been stopped, or the connection is down.`,
      reason: 'SERVER_UNREACHABLE',
      retryable: true,
    });
  }
  if (response.ok) return response;
  heedEnd(response);
  throw await problemOf(response);
}

async function problemOf(response) {
  const fields = {
    title: `The server said ${response.status} ${response.statusText}`.trim(),
    status: response.status,
    requestId: response.headers.get('X-Request-Id') ?? undefined,
    retryAfter: response.headers.get('Retry-After') ?? undefined,
  };
  const text = await response.text();
  try {
    return new Problem({ ...fields, ...JSON.parse(text) });
  } catch {
    return new Problem({ ...fields, detail: text.slice(0, 300) || undefined });
  }
}

const toModel = (raw) => ({
  ...raw,
  aliases: Object.entries(raw.aliases).map(([name, version]) => ({ name, version })),
});
