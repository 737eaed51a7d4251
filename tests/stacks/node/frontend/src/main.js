const api = import.meta.env.VITE_API_URL ?? "http://localhost:8081/api";
const { orders } = await (await fetch(`${api}/orders`)).json();
const list = document.querySelector("#orders");
for (const { customer } of orders) {
  list.append(Object.assign(document.createElement("li"), { textContent: customer }));
}
