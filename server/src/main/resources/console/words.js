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

/** `12.3 /s`. @param {number} [rate] */
export const perSecond = (rate) => (rate === undefined ? NONE : `${rate < 100 ? rate.toFixed(1) : count(Math.round(rate))} /s`);

/** `1.5 GiB`. @param {number} bytes */
export function size(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const number = bytes / 1024 ** power;
  return `${power === 0 || number >= 100 ? Math.round(number) : number.toFixed(1)} ${units[power]}`;
}

/** `2 hours 5 minutes`. @param {number} seconds */
export function duration(seconds) {
  const parts = [['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]];
  const first = parts.findIndex(([, length]) => seconds >= length);
  if (first < 0) return '0 seconds';
  let rest = seconds;
  return parts.slice(first, first + 2).map(([unit, length]) => {
    const whole = Math.floor(rest / length);
    rest -= whole * length;
    return whole === 0 ? '' : `${whole} ${unit}${whole === 1 ? '' : 's'}`;
  }).filter(Boolean).join(' ');
}
