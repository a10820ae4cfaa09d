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

/** The first characters of a digest, enough to tell two apart. @param {string} digest */
export const short = (digest) => digest.replace(/^sha256:/, '').slice(0, 12);

/** What an audit line tells. @param {import('./registry.js').AuditLine} line */
export function told({ action, subject, from, to, result }) {
  const change = from && to ? `${from} to ${to}` : to || from;
  const refused = result === 'done' ? '' : ` (${result})`;
  return `${[action, subject, change].filter(Boolean).join(' ')}${refused}`;
}

/** `12.3 %`. @param {number} part 0 to 1 */
export const percent = (part) => `${(part * 100).toFixed(part === 1 || part === 0 ? 0 : 1)} %`;

/** `requestsPerSecond` as `requests per second`. @param {string} name */
export const spaced = (name) => name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
