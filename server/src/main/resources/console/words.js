/* How things are said. Pure functions. */

const UNITS = [['day', 86_400], ['hour', 3_600], ['minute', 60]];

/** `3 hours ago`, for a moment before `now`. @param {string} iso @param {number} now milliseconds */
export function ago(iso, now) {
  const seconds = Math.max(0, (now - Date.parse(iso)) / 1000);
  for (const [unit, length] of UNITS) {
    const count = Math.floor(seconds / length);
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}

/**
 * The state that matters most: that of what is in production; nothing where that is not among the newest versions, which
 * are all that is shown of a model. FAILED where a server cannot serve it.
 *
 * @param {import('./registry.js').Model} model
 */
export function health({ aliases, versions }) {
  if (aliases.production === undefined) return 'FAILED';
  const served = versions.find(({ version }) => version === aliases.production);
  return served?.replicas?.some(({ residency }) => residency === 'FAILED') ? 'FAILED' : served?.state;
}

/** The first characters of a digest, enough to tell two apart. @param {string} digest */
export const short = (digest) => digest.replace(/^sha256:/, '').slice(0, 12);

/** What an audit line tells. @param {import('./registry.js').AuditLine} line */
export function told({ action, subject, from, to, result }) {
  const change = from && to ? `${from} to ${to}` : to || from;
  const refused = result === 'done' ? '' : ` (${result})`;
  return `${[action, subject, change].filter(Boolean).join(' ')}${refused}`;
}

const NONE = '–';

/** `12.3 %`. @param {number} [share] 0 to 1 */
export const part = (share) =>
  share === undefined ? NONE : `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)} %`;

/** `12,345`. @param {number} [number] */
export const count = (number) => (number === undefined ? NONE : number.toLocaleString('en'));

/** `0.123`. @param {number} [number] */
export const decimals = (number) => (number === undefined ? NONE : number.toFixed(3));

/** `12.3 ms`. @param {number} [millis] */
export const milliseconds = (millis) =>
  millis === undefined ? NONE : `${millis < 100 ? millis.toFixed(1) : Math.round(millis)} ms`;
