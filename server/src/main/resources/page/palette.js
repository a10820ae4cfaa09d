/*
 * Colours for labels. Ten that stay apart for every common kind of colour vision (distances are tested) and are bright
 * enough for dark ink on them; drawn on photos they get a dark casing, so that they read on any ground.
 */

export const COLOURS = [
  '#23d2a2', '#e6b731', '#e6396e', '#9e90f9', '#a2f9e2', '#d78111', '#3f92ae', '#e8f04a', '#a74ff8', '#ccbcfc',
];

/**
 * Gives each label its colour. A label keeps it as long as the page is open; it is the same on the next visit unless
 * two labels wish for the same one, then the later takes the next that is free.
 */
export class Palette {
  /** @type {Map<string, string>} */
  #given = new Map();

  /**
   * @param {string} label
   * @returns {string} a CSS colour
   */
  of(label) {
    const known = this.#given.get(label);
    if (known) return known;
    const wish = hash(label) % COLOURS.length;
    const taken = new Set(this.#given.values());
    const inTurn = COLOURS.map((_, step) => COLOURS[(wish + step) % COLOURS.length]);
    const colour = inTurn.find((candidate) => !taken.has(candidate)) ?? COLOURS[wish];
    this.#given.set(label, colour);
    return colour;
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}
