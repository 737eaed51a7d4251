// The frame around the views: who is logged in, where one can go, whether changes arrive live.

import { el } from "./js/dom.js";
import * as live from "./js/live.js";
import { Notice } from "./js/notice.js";
import { Router } from "./js/router.js";
import { send } from "./js/http.js";
import * as session from "./js/session.js";
import { AccountView } from "./js/views/account.js";
import { AuditView } from "./js/views/audit.js";
import { DeploymentView } from "./js/views/deployment.js";
import { DeploymentsView } from "./js/views/deployments.js";
import { loginView } from "./js/views/login.js";
import { forbiddenView, messageView } from "./js/views/message.js";
import { UsersView } from "./js/views/users.js";
import { explain } from "./js/words.js";

const byId = (id) => document.getElementById(id);
const forAdmin = (View) => (context) => (session.user().role === "admin" ? new View(context) : forbiddenView());

const ROUTES = [
  { pattern: /^\/(deployments)?$/, open: (context) => new DeploymentsView(context) },
  { pattern: /^\/deployments\/(?<id>[1-9][0-9]{0,15})$/, open: (context) => new DeploymentView(context) },
  { pattern: /^\/audit$/, open: forAdmin(AuditView) },
  { pattern: /^\/users$/, open: forAdmin(UsersView) },
  { pattern: /^\/account$/, open: (context) => new AccountView(context) },
];

const LIVE_WORDS = { live: "Live", connecting: "Connecting…", off: "Not live: trying again" };

const outlet = byId("view");
const frameNotice = new Notice();
const router = new Router({ routes: ROUTES, outlet, onShow: markPlace });

function markPlace(path) {
  for (const link of byId("places").querySelectorAll("a")) {
    const here = path.startsWith(link.pathname) || (path === "/" && link.pathname === "/deployments");
    link.toggleAttribute("data-here", here);
    link.setAttribute("aria-current", here ? "page" : "false");
  }
}

function showFrame(user) {
  byId("places").hidden = user === null;
  byId("account").hidden = user === null;
  for (const link of document.querySelectorAll("[data-admin]")) {
    link.hidden = user?.role !== "admin";
  }
  byId("whoami").textContent = user ? `${user.username} (${user.role})` : "";
}

function showLogin(reason) {
  router.close();
  const view = loginView(reason);
  document.title = `${view.title} · viworks`;
  outlet.replaceChildren(view.element);
  view.focus();
}

function onSession(user, reason) {
  live.stop();
  frameNotice.clear();
  showFrame(user);
  if (user === null) {
    showLogin(reason);
    return;
  }
  live.start();
  router.show({ moved: true, afresh: true });
}

function showLive({ type, state }) {
  if (type === "state") {
    const element = byId("live");
    element.dataset.live = state;
    byId("live-words").textContent = LIVE_WORDS[state];
  }
}

async function logout() {
  try {
    await session.logout();
  } catch (failure) {
    frameNotice.fail(`You are still logged in. ${explain(failure)}`);
  }
}

async function begin() {
  try {
    if (!(await session.restore())) {
      showLogin("");
    }
  } catch (failure) {
    const again = el("button", { type: "button", class: "main", onclick: begin }, "Try again");
    const view = messageView("No connection", explain(failure), again);
    document.title = `${view.title} · viworks`;
    outlet.replaceChildren(view.element);
    again.focus();
  }
}

async function showRevision(id, path) {
  const revision = await send(path).then(
    ({ body }) => body.revision,
    () => "not known",
  );
  byId(id).textContent = String(revision).slice(0, 12);
  byId(id).title = revision;
}

byId("logout").addEventListener("click", logout);
byId("frame-notice").append(frameNotice.element);
session.onChange(onSession);
live.subscribe(showLive);
showRevision("frontend-revision", "/frontend.json");
showRevision("backend-revision", "/version");
await begin();
