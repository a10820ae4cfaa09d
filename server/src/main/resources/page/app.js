/* The page to try a model: what belongs together is wired here, and nothing else is done here. */

import * as api from './api.js';
import { byId, el } from './dom.js';
import { Export } from './export.js';
import { Filter, LEAST_SCORE } from './filter.js';
import { Findings } from './findings.js';
import { ModelPicker } from './models.js';
import { Palette } from './palette.js';
import { Picture } from './picture.js';
import { Pointing } from './pointing.js';
import { drawProblem } from './problems.js';
import { offerLogout } from './session.js';
import { coverage, drawShape } from './shapes.js';
import { Sources } from './sources.js';
import { Tags } from './tags.js';
import { drawTiming } from './timing.js';

const stage = byId('stage');
const shapes = byId('shapes');
const photo = byId('photo');
const palette = new Palette();
offerLogout(byId('logout'));

/** Milliseconds. */
const WAITING_SHOWS_AFTER = 500;
const colourOf = (label) => palette.of(label);

/** @type {{source?: import('./sources.js').Source, photo?: Blob, answer?: api.Answer, opened?: api.Opened}} */
const now = {};
/** The photo that is being opened, or was, for prompts: what is asked waits for it. */
let opening = Promise.resolve();
let pointed = '';
let chosen = '';
let run = new AbortController();
let view = { scale: 1, x: 0, y: 0 };

const tags = new Tags(byId('tags'));
const picture = new Picture(stage, byId('scene'), (changed) => {
  view = changed;
  byId('zoom').textContent = `${Math.round(view.scale * 100)} %`;
  tags.place(view);
  pointing.place(view);
});
const pointing = new Pointing({
  shapes,
  boxes: byId('boxes'),
  marks: byId('marks'),
  list: byId('objects'),
  none: byId('no-objects'),
  undo: byId('undo'),
  clear: byId('clear'),
  another: byId('another'),
}, { ask: askPrompt, answered, changed: pointedElsewhere, tell, fail: pointedInVain });
const findings = new Findings(byId('findings'), { hover: point, select: choose, look });
const filter = new Filter({
  slider: byId('threshold'),
  output: byId('threshold-value'),
  bars: byId('spread'),
  chips: byId('labels'),
  all: byId('labels-all'),
  none: byId('labels-none'),
}, applyFilter);
const models = new ModelPicker({
  names: byId('models'),
  facts: byId('model-facts'),
  version: byId('version'),
  geometry: byId('geometry'),
}, (other) => {
  if (other) beginModel();
  prelabel();
});
const sources = new Sources({
  strip: byId('strip'),
  gallery: byId('gallery'),
  input: byId('file'),
  veil: byId('veil'),
}, { open, refuse: say });
const taking = new Export({
  format: byId('format'),
  about: byId('format-about'),
  options: byId('format-options'),
  copy: byId('copy'),
  download: byId('download'),
  command: byId('command'),
  copyCommand: byId('copy-command'),
}, { say, fail: (problem) => say(words(problem), true) });

start();

async function start() {
  const wish = new URLSearchParams(location.hash.slice(1));
  try {
    const [known, formats, samples] = await Promise.all([
      api.models(),
      api.formats(),
      api.samples().catch(() => []), // the page is of use without
    ]);
    models.show(known, wish.get('model'));
    taking.show(formats);
    sources.show(samples);
    byId('gallery-title').hidden = samples.length === 0;
    byId('no-models').hidden = known.length > 0;
    beginModel();
    if (!sources.openSample(wish.get('sample'))) setState(now.source ? document.body.dataset.state : 'empty');
  } catch (problem) {
    setState('failed');
    drawProblem(byId('problem'), problem, () => {
      setState('empty');
      start();
    });
  }
}

/** Another model: its own threshold, and no label is unwanted. */
function beginModel() {
  filter.reset();
  if (models.model) filter.threshold = models.model.threshold;
  setPointing(isPointing());
}

/** Whether the model finds what is pointed at. */
function isPointing() {
  return models?.model?.takesPrompt === true;
}

function setPointing(on) {
  document.body.toggleAttribute('data-pointing', on);
  for (const part of document.querySelectorAll('.of-pointing')) part.toggleAttribute('hidden', !on); // SVG knows no `hidden`
  for (const part of document.querySelectorAll('.of-findings')) part.toggleAttribute('hidden', on);
  stage.setAttribute('aria-label', on
    ? 'Photo to point at. Arrows move it under the cross in the middle, plus and minus zoom. Enter adds what is under the cross to the '
      + 'object, Shift and Enter leaves it out, B sets a corner of a box, U takes the last back, N begins another object.'
    : 'Photo with findings. Plus and minus zoom, arrows move, zero fits. The findings are listed after it.');
  setBrush();
}

/** @param {import('./sources.js').Source} source */
async function open(source) {
  now.source = source;
  now.photo = undefined;
  const signal = begin();
  pointing.begin();
  try {
    const blob = await source.photo();
    if (signal.aborted) return;
    now.photo = blob;
    await show(blob);
    if (signal.aborted) return;
    await (isPointing() ? prepare(signal) : ask(signal));
  } catch (problem) {
    if (!signal.aborted) fail(problem);
  }
}

/** Asks again about the photo that is there, after a change of the model. */
async function prelabel() {
  if (!now.photo) return;
  const signal = begin();
  if (!isPointing()) {
    await ask(signal);
  } else if (await prepare(signal)) {
    pointing.askAll();
  }
}

/** Has the model look at the photo before anybody points at it; whether it did. What is pointed at meanwhile waits. */
async function prepare(signal) {
  const { source, photo: blob } = now;
  remember();
  const opened = api.openPhoto(blob, { ref: models.ref, assetId: source.name }, signal);
  opening = opened.catch(() => {}); // said below; what waits for it asks and fails by itself
  try {
    now.opened = await opened;
    if (signal.aborted) return false;
    const { asset, spans, millis } = now.opened;
    shapes.setAttribute('viewBox', `0 0 ${asset.width} ${asset.height}`);
    drawTiming(byId('time'), spans, millis);
    fitTo(asset);
    pointing.size = asset;
    taking.about({ source, photo: blob, query: promptQuery, part: objectPart });
    setState('ready');
    pointedElsewhere();
    return true;
  } catch (problem) {
    if (!signal.aborted) fail(problem);
    return false;
  }
}

/** What the object that is pointed at is asked with; undefined where nothing is pointed at. */
function promptQuery(prompt = pointing.current?.pointed.prompt) {
  return prompt && { ref: models.ref, assetId: now.source.name, threshold: 0, geometry: models.geometry, prompt };
}

const objectPart = () => `object-${pointing.current.number}`;

async function askPrompt(prompt, signal) {
  if (!now.opened) await opening;
  signal.throwIfAborted();
  if (!now.opened) throw new api.Problem({ title: 'The photo is not ready' }); // the page says why
  return api.prelabel(now.photo, promptQuery(prompt), signal);
}

function answered({ answer: { asset, model }, spans, millis, requestId }) {
  drawTiming(byId('time'), spans, millis);
  byId('provenance').textContent = provenance(model, asset, requestId);
}

/** Something else is pointed at, or was found: what can be taken is another thing. */
function pointedElsewhere() {
  const { current, found } = pointing;
  byId('hint').hidden = !isPointing() || document.body.dataset.state !== 'ready' || current !== undefined;
  showWaiting(pointing.isWaiting);
  byId('take-which').textContent = current ? `Of object ${current.number}.` : 'Of the object that you point at.';
  byId('each').hidden = !isPointing() || found.length < 2;
  taking.refresh();
}

/** Only a click that takes long has something moving: it would take from what the click is waiting for. */
function showWaiting(isWaiting) {
  if (!isWaiting) {
    clearTimeout(showWaiting.timer);
    showWaiting.timer = undefined;
    document.body.removeAttribute('data-waiting');
  } else {
    showWaiting.timer ??= setTimeout(() => document.body.setAttribute('data-waiting', ''), WAITING_SHOWS_AFTER);
  }
}

function pointedInVain(problem) {
  if (document.body.dataset.state !== 'failed') say(words(problem), true);
}

/** What the page is busy with ends; the new thing runs until its signal says otherwise. */
function begin() {
  run.abort();
  run = new AbortController();
  pointing.stop();
  clear();
  setState('busy');
  return run.signal;
}

/** Shows a photo without labels. Browsers turn it upright as the server does. */
async function show(blob) {
  URL.revokeObjectURL(photo.src);
  photo.src = URL.createObjectURL(blob);
  photo.alt = now.source.name;
  try {
    await photo.decode();
    picture.show(photo.naturalWidth, photo.naturalHeight);
    stage.classList.remove('blind');
  } catch {
    stage.classList.add('blind'); // the server may know more formats than the browser
  }
}

async function ask(signal) {
  const { source, photo: blob } = now;
  try {
    if (!models.model) throw new api.Problem({ title: 'No model to ask', detail: 'The server has no model yet.' });
    remember();
    const result = await api.prelabel(blob, { ...query(), threshold: LEAST_SCORE, classes: undefined }, signal);
    if (signal.aborted) return;
    present(result);
    taking.about({ source, photo: blob, query });
  } catch (problem) {
    if (!signal.aborted) fail(problem);
  }
}

/** What a download asks for: the model and the filter as they are now. */
function query() {
  return {
    ref: models.ref,
    assetId: now.source.name,
    threshold: filter.threshold,
    classes: filter.classes,
    geometry: models.geometry,
  };
}

function present({ answer, spans, millis, requestId }) {
  now.answer = answer;
  const { asset, model, annotations } = answer;
  const best = annotations.toSorted((a, b) => b.score - a.score);
  shapes.setAttribute('viewBox', `0 0 ${asset.width} ${asset.height}`);
  shapes.replaceChildren(...annotations
    .toSorted((a, b) => coverage(b) - coverage(a) || a.score - b.score)
    .map((annotation) => drawShape(annotation, colourOf(annotation.label), models.model.skeleton)));
  tags.show(best, colourOf);
  findings.show(best, colourOf);
  filter.show(annotations, colourOf);
  drawTiming(byId('time'), spans, millis);
  byId('provenance').textContent = provenance(model, asset, requestId);
  setState('ready');
  fitTo(asset);
  applyFilter();
}

const provenance = (model, asset, requestId) =>
  `${model.name}@${model.version} · ${asset.width} × ${asset.height} px${requestId ? ` · request ${requestId}` : ''}`;

/** The answer's size rules: it is the size that the labels are in. */
function fitTo({ width, height }) {
  const blind = stage.classList.contains('blind');
  const differs = !blind && (photo.naturalWidth !== width || photo.naturalHeight !== height);
  byId('note').hidden = !blind && !differs;
  byId('note').textContent = blind
    ? 'This browser cannot show the photo. The labels are right; they stand on an empty ground.'
    : `The browser shows ${photo.naturalWidth} × ${photo.naturalHeight} pixels, the labels are for ${width} × ${height}.`;
  if (blind || differs) picture.show(width, height);
}

function applyFilter() {
  if (!now.answer) return;
  const { annotations, dropped = [] } = now.answer;
  for (const shape of shapes.children) {
    shape.toggleAttribute('hidden', !filter.wanted({ label: shape.dataset.label, score: Number(shape.dataset.score) }));
  }
  tags.filter(filter.wanted);
  tags.place(view);
  findings.filter(filter.wanted);
  taking.refresh();
  const shown = annotations.filter(filter.wanted);
  byId('count').textContent = shown.length === annotations.length
    ? `${shown.length}`
    : `${shown.length} of ${annotations.length}`;
  emptiness(shown.length, annotations, dropped);
  if (chosen && !shown.some(({ id }) => id === chosen)) choose('');
}

/** Says why the list is empty, and offers a way out. */
function emptiness(shown, annotations, dropped) {
  const place = byId('nothing');
  place.hidden = shown > 0;
  if (shown > 0) return;
  const strongest = Math.max(...annotations.map(({ score }) => score));
  const weaker = dropped.reduce((sum, { count }) => sum + count, 0);
  if (annotations.length === 0) {
    place.replaceChildren(
      `${models.model.name} knows nothing of what is in this photo. Another model or photo may do better.`,
      weaker > 0 ? ` (${weaker} guesses were too weak to show.)` : '');
  } else if (strongest < filter.threshold) {
    place.replaceChildren(
      `Nothing scores ${filter.threshold.toFixed(2)} or more; the best guess has ${strongest.toFixed(2)}. `,
      el('button', {
        type: 'button',
        class: 'link',
        onclick: () => (filter.threshold = Math.max(LEAST_SCORE, Math.floor(strongest * 100) / 100)),
      }, 'Show the best guess'));
  } else {
    place.replaceChildren('Every label that was found is switched off above.');
  }
}

function point(id) {
  if (id === pointed) return;
  pointed = id;
  mark();
}

function choose(id) {
  if (id === chosen) return;
  chosen = id;
  mark();
}

function look(id) {
  const box = now.answer?.annotations.find((annotation) => annotation.id === id)?.box;
  choose(id);
  if (box) picture.look(box);
}

/** Shows in picture and list alike which finding is meant: the one pointed at, else the one chosen. */
function mark() {
  const meant = pointed || chosen;
  shapes.classList.toggle('marking', meant !== '');
  for (const shape of shapes.children) {
    shape.classList.toggle('on', shape.dataset.id === meant);
    shape.classList.toggle('chosen', shape.dataset.id === chosen);
  }
  tags.raise(meant);
  tags.place(view);
  findings.mark(meant, chosen);
}

function clear() {
  now.answer = undefined;
  now.opened = undefined;
  pointed = '';
  chosen = '';
  for (const image of shapes.querySelectorAll('image')) URL.revokeObjectURL(image.getAttribute('href'));
  shapes.replaceChildren();
  shapes.classList.remove('marking');
  tags.show([], colourOf);
  byId('note').hidden = true;
}

function fail(problem) {
  clear();
  findings.show([], colourOf);
  filter.show([], colourOf);
  for (const id of ['time', 'provenance', 'count', 'nothing']) byId(id).replaceChildren();
  drawProblem(byId('problem'), problem, () => (now.photo ? prelabel() : open(now.source)));
  setState('failed');
}

/** @param {'starting' | 'empty' | 'busy' | 'ready' | 'failed'} state */
function setState(state) {
  document.body.dataset.state = state;
  byId('hero').hidden = state !== 'empty';
  byId('problem').hidden = state !== 'failed';
  byId('panel').inert = state !== 'ready';
  byId('timing').hidden = state === 'failed';
  stage.setAttribute('aria-busy', String(state === 'busy'));
  const name = el('b', {}, models?.model?.name ?? 'the model');
  byId('busy-words').replaceChildren(...(isPointing() ? ['Getting the photo ready for ', name] : ['Asking ', name]));
  byId('hint').hidden = true;
  if (state === 'ready' && isPointing()) {
    tell(`${now.source.name} is ready to be pointed at`);
  } else if (state === 'ready') {
    const { annotations, model } = now.answer;
    byId('status').textContent =
      `${annotations.filter(filter.wanted).length} findings by ${model.name} version ${model.version} in ${now.source.name}`;
  } else {
    byId('status').textContent = state === 'busy' ? `Looking at ${now.source?.name ?? 'the photo'}` : '';
  }
}

/** For those who do not see the picture. */
function tell(what) {
  byId('status').textContent = what;
}

/** A short word at the foot of the page, for a moment. */
function say(what, bad = false) {
  const toast = byId('toast');
  toast.textContent = what;
  toast.classList.toggle('bad', bad);
  toast.classList.add('shown');
  clearTimeout(say.timer);
  say.timer = setTimeout(() => toast.classList.remove('shown'), bad ? 8000 : 2500);
}

const words = (problem) =>
  [problem.message, problem.reason && `(${problem.reason})`, problem.requestId && `Request ${problem.requestId}`]
    .filter(Boolean).join(' ');

/** Keeps model and sample in the address, so that it can be shown to others. */
function remember() {
  const place = new URLSearchParams({ model: models.model.name });
  if (now.source.sample) place.set('sample', now.source.sample);
  history.replaceState(null, '', `#${place}`);
}

// The picture points and chooses too.
shapes.addEventListener('pointerover', (event) => {
  if (isPointing()) return;
  point(event.target.closest('.shape')?.dataset.id ?? '');
  if (pointed) findings.reveal(pointed);
});
shapes.addEventListener('pointerleave', () => point(''));
stage.addEventListener('click', (event) => {
  if (isPointing() || event.target.closest('button, a')) return;
  choose(event.target.closest('.shape')?.dataset.id ?? '');
  if (chosen) findings.reveal(chosen);
});
stage.addEventListener('pointermove', (event) => {
  const { x, y } = picture.at(event);
  byId('place').textContent = now.answer || now.opened ? `${Math.floor(x)}, ${Math.floor(y)}` : '';
});
stage.addEventListener('pointerleave', () => (byId('place').textContent = ''));

// Buttons.
for (const button of document.querySelectorAll('.pick')) button.addEventListener('click', () => byId('file').click());
byId('zoom-in').addEventListener('click', () => picture.zoomBy(1.5));
byId('zoom-out').addEventListener('click', () => picture.zoomBy(1 / 1.5));
byId('fit').addEventListener('click', () => picture.fit());
byId('cancel').addEventListener('click', cancel);
byId('order').addEventListener('change', (event) => findings.sort(event.target.value));
byId('keys-open').addEventListener('click', () => byId('keys').showModal());
byId('keys').addEventListener('click', (event) => event.target === byId('keys') && byId('keys').close());

// Pointing: a click, a drag, or keys that mean what is in the middle of the picture.
function setBrush() {
  const kind = document.querySelector('input[name=brush]:checked').value;
  stage.dataset.brush = kind;
  picture.brush = !isPointing() || kind === 'move' ? undefined : {
    click: (at, isOther) => canPoint() && pointing.point(at, (kind === 'background') !== isOther ? 'background' : 'foreground'),
    drag: (from, to) => canPoint() && pointing.preview(from, to),
    drop: (from, to) => canPoint() && pointing.box(from, to),
    cancel: () => pointing.preview(),
  };
}
const canPoint = () => now.opened !== undefined || document.body.dataset.state === 'busy';
byId('brush').addEventListener('change', setBrush);
for (const kind of ['pointermove', 'pointerdown']) stage.addEventListener(kind, () => stage.classList.add('by-pointer'));
stage.addEventListener('keydown', (event) => {
  stage.classList.remove('by-pointer');
  if (!isPointing() || event.target !== stage || event.ctrlKey || event.metaKey || event.altKey || !canPoint()) return;
  if (event.key === 'Enter') pointing.point(picture.middle, event.shiftKey ? 'background' : 'foreground');
  else if (event.key === 'b') pointing.corner(picture.middle);
});
byId('download-each').addEventListener('click', () => downloadEach());

async function downloadEach() {
  for (const thing of pointing.found) {
    pointing.choose(thing);
    await taking.download();
  }
}

// Labels out of the way as long as the button or the key is held.
const peek = (on) => stage.classList.toggle('peek', on);
byId('peek').addEventListener('pointerdown', () => peek(true));
for (const end of ['pointerup', 'pointercancel', 'blur']) addEventListener(end, () => peek(false));
byId('peek').addEventListener('keydown', (event) => /^( |Enter)$/.test(event.key) && peek(true));
addEventListener('keyup', () => peek(false));
addEventListener('keydown', (event) => {
  if (event.target.closest('input[type=text], select, textarea, dialog')) return;
  const isUndo = (event.ctrlKey || event.metaKey) && event.key === 'z';
  if (isPointing() && isUndo) pointing.undo();
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const pointingKeys = { u: () => pointing.undo(), n: () => pointing.another(), Delete: () => pointing.clear() };
  if (isPointing()) pointingKeys[event.key]?.();
  if (event.key === 'h') peek(true);
  if (event.key === '?') byId('keys').showModal();
  if (event.key === 'Escape') {
    if (document.body.dataset.state === 'busy') cancel();
    else choose('');
  }
});

function cancel() {
  run.abort();
  fail(new api.Problem({ title: 'Stopped', detail: 'You stopped waiting for the answer.', retryable: true }));
}
