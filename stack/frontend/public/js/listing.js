// One page of a list of the API: filters, table, older and newer pages, and what to read when there is nothing.

import { get } from "./api.js";
import { el, holdsFocus } from "./dom.js";
import { Filters } from "./filters.js";
import { Notice } from "./notice.js";
import { Table } from "./table.js";
import { count } from "./words.js";

export class Listing {
  #path;
  #page;
  #noun;
  #plural;
  #signal;
  #summary = el("p", { class: "summary", role: "status" });
  #pager = el("nav", { class: "pager", "aria-label": "Pages" });
  #notice = new Notice();
  #loads = 0;

  /** `path` is the API's, `page` the panel's own; `go(address)` changes the address and leads back to `show`. */
  constructor({ path, page, noun, plural, label, columns, key, filters, go, signal, tools = [] }) {
    this.#path = path;
    this.#page = page;
    this.#noun = noun;
    this.#plural = plural;
    this.#signal = signal;
    this.query = new URLSearchParams();
    this.filters = new Filters(`Filter ${label.toLowerCase()}`, filters, (query) => go(address(page, query)));
    this.table = new Table({ label, columns, key });
    const bar = el("div", { class: "bar" }, this.#summary, ...tools);
    this.elements = [this.filters.element, this.#notice.element, bar, this.table.element, this.#pager];
  }

  /** Loads what an address asks for; a later call makes the earlier ones void. */
  show(query) {
    this.query = this.filters.apiQuery(query);
    this.filters.show(query);
    this.#summary.textContent = "Loading…";
    return this.reload();
  }

  /** Loads the same again; what somebody is typing into the filters stays. */
  async reload() {
    const load = (this.#loads += 1);
    try {
      const { body } = await get(address(this.#path, this.query), this.#signal);
      if (load === this.#loads) {
        this.#fill(body);
      }
    } catch (failure) {
      if (load === this.#loads && !this.#signal.aborted) {
        this.#fail(failure);
      }
    }
  }

  /** The number of rows, said anew. */
  tell() {
    const filtered = [...this.query.keys()].some((name) => name !== "cursor");
    const none = filtered ? `No ${this.#noun} fits these filters.` : `There is no ${this.#noun} yet.`;
    const place = this.query.has("cursor") ? "an older page" : "newest first";
    this.#summary.textContent = this.table.size
      ? `${count(this.table.size, this.#noun, this.#plural)}, ${place}`
      : none;
  }

  #fill({ items, next }) {
    const paging = holdsFocus(this.#pager);
    this.#notice.clear();
    this.table.show(items);
    this.tell();
    this.#pages(next);
    if (paging) {
      this.table.element.focus();
      this.table.element.scrollIntoView({ block: "nearest" });
    }
  }

  #fail(failure) {
    this.#notice.fail(failure);
    this.#summary.textContent = this.table.size ? "The list below is from before." : "";
  }

  #pages(next) {
    const at = (cursor) => {
      const query = new URLSearchParams(this.query);
      query.delete("cursor");
      if (cursor) {
        query.set("cursor", cursor);
      }
      return address(this.#page, query);
    };
    const newest = this.query.has("cursor") ? el("a", { href: at(null) }, "Newest") : null;
    const older = next ? el("a", { href: at(next), rel: "next" }, "Older") : null;
    this.#pager.replaceChildren(...[newest, older].filter(Boolean));
    this.#pager.hidden = !newest && !older;
  }
}

function address(path, query) {
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}
