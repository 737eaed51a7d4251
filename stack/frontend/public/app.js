// No framework, no build step: three questions to the API, the answers put in as text only.

const byId = (id) => document.getElementById(id);

async function ask(path) {
  const response = await fetch(path, { headers: { accept: "application/json" } });
  if (!response.ok) {
    throw new Error(`${path} answered ${response.status}`);
  }
  return response.json();
}

async function showHealth() {
  const health = byId("health");
  const alive = await ask("/health").then(() => true, () => false);
  health.textContent = alive ? "answering" : "not answering";
  health.dataset.state = alive ? "good" : "bad";
}

async function showRevision(id, path) {
  byId(id).textContent = await ask(path).then((answer) => answer.revision, () => "not known");
}

function cell(content) {
  const td = document.createElement("td");
  td.append(content);
  return td;
}

function time(iso) {
  const element = document.createElement("time");
  element.dateTime = iso;
  element.textContent = new Date(iso).toLocaleString();
  return element;
}

function code(text) {
  const element = document.createElement("code");
  element.textContent = text;
  return element;
}

function row({ created_at, service, revision, environment }) {
  const tr = document.createElement("tr");
  tr.append(cell(time(created_at)), cell(service), cell(code(revision)), cell(environment));
  return tr;
}

function summary({ items, total }) {
  if (total === 0) {
    return "Nothing has been deployed yet.";
  }
  return items.length < total ? `The newest ${items.length} of ${total}.` : `${total} in all.`;
}

async function showDeployments() {
  try {
    const list = await ask("/api/deployments");
    byId("rows").replaceChildren(...list.items.map(row));
    byId("summary").textContent = summary(list);
  } catch {
    byId("summary").textContent = "The list could not be loaded. Reload the page to try again.";
  }
}

await Promise.all([
  showHealth(),
  showRevision("backend-revision", "/version"),
  showRevision("frontend-revision", "/frontend.json"),
  showDeployments(),
]);
