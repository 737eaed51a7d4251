// Elements from data. Everything that comes from outside becomes a text node: markup in it is shown, never run.

const SVG = "http://www.w3.org/2000/svg";

/** A new element. Attributes that are functions become listeners; null, undefined and false are left out. */
export function el(tag, attributes = {}, ...children) {
  return dress(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return dress(document.createElementNS(SVG, tag), attributes, children);
}

function dress(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/** Whether the keyboard's place is inside an element. */
export function holdsFocus(element) {
  return element.contains(document.activeElement);
}

/** Moves the keyboard's place to an element that is no control. */
export function focusOn(element) {
  element.setAttribute("tabindex", "-1");
  element.focus();
}
