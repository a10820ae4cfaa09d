/* Making elements without markup strings: nothing that a server or a file name says is ever parsed as HTML. */

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An HTML element. Properties are attributes, but for `class`, `on...` listeners and booleans, which set or leave out.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function el(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

/**
 * An SVG element.
 *
 * @param {string} tag
 * @param {Record<string, unknown>} [properties]
 * @param {...Node} children
 * @returns {SVGElement}
 */
export function svg(tag, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

/**
 * One of the page's own icons, hidden from screen readers.
 *
 * @param {string} name id of the symbol without its `i-`
 */
export function icon(name) {
  return svg('svg', { class: 'icon', 'aria-hidden': 'true' }, svg('use', { href: `#i-${name}` }));
}

/**
 * The element of that id; a missing one is a fault of the page and fails at start.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return found;
}

function filled(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (typeof value === 'boolean') element.toggleAttribute(name, value);
    else if (value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}
