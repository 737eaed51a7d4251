// A table whose rows can be added and changed in place, so that neither focus nor scroll is lost.

import { el, holdsFocus } from "./dom.js";

/** `columns` are [{label, cell(item), header?, class?}], `key(item)` names a row. */
export class Table {
  #columns;
  #key;
  #body = el("tbody", { role: "rowgroup" });
  #rows = new Map();

  constructor({ label, columns, key }) {
    this.#columns = columns;
    this.#key = key;
    // Roles of their own: where a narrow screen lays rows out as cards, some browsers take the built-in ones away.
    const heads = columns.map((column) =>
      el("th", { scope: "col", role: "columnheader", class: column.class }, column.label),
    );
    const head = el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, ...heads));
    const table = el("table", { role: "table", "aria-label": label }, head, this.#body);
    this.element = el(
      "div",
      { class: "scroll", role: "region", "aria-label": `${label}, table`, tabindex: "0" },
      table,
    );
  }

  get size() {
    return this.#rows.size;
  }

  has(item) {
    return this.#rows.has(this.#key(item));
  }

  /** Whether somebody is at work in the rows, with keyboard or pointer. */
  get inUse() {
    return holdsFocus(this.#body) || this.#body.matches(":hover");
  }

  /** Shows these rows instead. The keyboard's place stays in its row, when that is there again. */
  show(items) {
    const [place] = [...this.#rows].find(([, row]) => holdsFocus(row)) ?? [null];
    this.#rows = new Map(items.map((item) => [this.#key(item), this.#row(item)]));
    this.#body.replaceChildren(...this.#rows.values());
    if (place !== null) {
      this.#refocus(this.#rows.get(place));
    }
  }

  append(item) {
    const row = this.#row(item);
    this.#rows.set(this.#key(item), row);
    this.#body.append(row);
  }

  prepend(item) {
    const row = this.#row(item);
    this.#rows = new Map([[this.#key(item), row], ...this.#rows]);
    this.#body.prepend(row);
    glow(row);
  }

  /** Changes the cells of a row that read differently now; the others, and what holds the focus, stay. */
  update(item) {
    const row = this.#rows.get(this.#key(item));
    this.#cells(item).forEach((cell, place) => {
      const old = row.children[place];
      if (!old.isEqualNode(cell)) {
        const held = holdsFocus(old);
        old.replaceWith(cell);
        if (held) {
          this.#refocus(cell);
        }
      }
    });
    glow(row);
  }

  remove(item) {
    this.#rows.get(this.#key(item)).remove();
    this.#rows.delete(this.#key(item));
  }

  #refocus(part) {
    (part?.querySelector("a, button, select") ?? this.element).focus();
  }

  #row(item) {
    return el("tr", { role: "row" }, ...this.#cells(item));
  }

  #cells(item) {
    return this.#columns.map((column) =>
      column.header
        ? el(
            "th",
            { scope: "row", role: "rowheader", class: column.class, "data-label": column.label },
            column.cell(item),
          )
        : el("td", { role: "cell", class: column.class, "data-label": column.label }, column.cell(item)),
    );
  }
}

function glow(row) {
  row.classList.remove("changed");
  requestAnimationFrame(() => row.classList.add("changed"));
}
