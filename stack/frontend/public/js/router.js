// Addresses and views. The server knows the same paths: a reload works, and an unknown one is its 404.

import { focusOn } from "./dom.js";

/**
 * `routes` are [{pattern, open(context)}]; `open` answers {title, element, update?(query), close?()}. `context` is
 * {params, query, signal, go}; `signal` is aborted when the view is left.
 */
export class Router {
  #routes;
  #outlet;
  #onShow;
  #view = null;
  #path = "";
  #address = "";
  #leaving = new AbortController();

  constructor({ routes, outlet, onShow }) {
    this.#routes = routes;
    this.#outlet = outlet;
    this.#onShow = onShow;
    document.addEventListener("click", (event) => this.#follow(event));
    // A jump within the page, such as the skip link's, is none between views.
    addEventListener(
      "popstate",
      () => location.pathname + location.search !== this.#address && this.show({ moved: true }),
    );
  }

  /** Goes to an address of the panel. */
  go = (address, { replace = false } = {}) => {
    history[replace ? "replaceState" : "pushState"](null, "", address);
    this.show({ moved: true });
  };

  /** Shows what the present address names. The same view with another query is updated, not made again. */
  show({ moved = false, afresh = false } = {}) {
    const { pathname, searchParams } = new URL(location.href);
    this.#address = location.pathname + location.search;
    if (!afresh && pathname === this.#path && this.#view?.update) {
      this.#view.update(searchParams);
      return;
    }
    const [route, params] = this.#match(pathname);
    this.close();
    this.#path = pathname;
    this.#present(route.open({ params, query: searchParams, signal: this.#leaving.signal, go: this.go }), moved);
  }

  /** Ends the present view. */
  close() {
    this.#leaving.abort();
    this.#leaving = new AbortController();
    this.#view?.close?.();
    this.#view = null;
    this.#path = "";
  }

  #present(view, moved) {
    this.#view = view;
    document.title = `${view.title} · viworks`;
    this.#outlet.replaceChildren(view.element);
    this.#onShow(this.#path);
    if (moved) {
      scrollTo(0, 0);
      focusOn(this.#outlet.querySelector("h1"));
    }
  }

  #match(path) {
    for (const route of this.#routes) {
      const match = route.pattern.exec(path);
      if (match) {
        return [route, match.groups ?? {}];
      }
    }
    throw new Error(`no view for ${path}`);
  }

  #knows(path) {
    return this.#routes.some(({ pattern }) => pattern.test(path));
  }

  // Plain clicks on own links stay on this page; every other click is the browser's.
  #follow(event) {
    const link = event.target.closest?.("a[href]");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (
      !link ||
      !plain ||
      event.defaultPrevented ||
      link.origin !== location.origin ||
      link.hash ||
      !this.#knows(link.pathname)
    ) {
      return;
    }
    event.preventDefault();
    this.go(link.pathname + link.search);
  }
}
