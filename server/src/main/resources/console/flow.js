/* What moves between two looks at the status. Pure functions. */

/** @typedef {import('./status.js').Status} Status */

/**
 * What came in between two looks, for each second of it. Nothing where there is no earlier look, or the server, or a
 * version, started anew after it: its counts then began again.
 *
 * @param {Status} now
 * @param {Status} [before]
 * @param {number} [seconds] between them
 */
export function flow(now, before, seconds) {
  const same = before !== undefined && seconds > 0 && now.uptimeSeconds >= before.uptimeSeconds;
  const rate = (to, from) => (same && to >= from ? (to - from) / seconds : undefined);
  const reasons = Object.fromEntries(Object.entries(now.requests)
    .map(([reason, number]) => [reason, rate(number, before?.requests[reason] ?? 0)]));
  const versions = Object.fromEntries(now.versions.filter(({ queue }) => queue).map(({ ref, queue }) => {
    const old = before?.versions.find((version) => version.ref === ref)?.queue;
    const moved = same && old && queue.runs >= old.runs && queue.ranRows >= old.ranRows ? old : undefined;
    const runs = moved ? queue.runs - moved.runs : 0;
    // Of the time in between where something ran, else of all since the version was loaded.
    const [rows, ofRuns, room] = runs > 0
      ? [queue.ranRows - moved.ranRows, runs, queue.capacityRows - moved.capacityRows]
      : [queue.ranRows, queue.runs, queue.capacityRows];
    return [ref, {
      rows: moved ? (queue.ranRows - moved.ranRows) / seconds : undefined,
      batch: ofRuns > 0 ? rows / ofRuns : undefined,
      fill: room > 0 ? rows / room : undefined,
    }];
  }));
  const all = Object.values(reasons);
  return {
    reasons,
    versions,
    requests: all.length > 0 && all.every((each) => each !== undefined) ? all.reduce((sum, each) => sum + each, 0) : undefined,
  };
}
