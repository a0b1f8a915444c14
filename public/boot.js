// Wakes the islands of the page, if it has any, and registers the service worker. Nothing here is needed to get through.
const script = document.querySelector("script[data-wasm]");

/** Waits until the page is at rest, but not for long. */
const atRest = (run) =>
  "requestIdleCallback" in window ? requestIdleCallback(run, { timeout: 500 }) : setTimeout(run, 1);

/** Calls each island's own function on its element, outer ones first, as Leptos does. */
async function wake(node, module, owners) {
  if (node.localName === "leptos-island") {
    const run = module[node.dataset.component];
    if (run) {
      owners.at(-1)?.();
      await run(node);
    }
  }
  const isSlot = node.localName === "leptos-children";
  if (isSlot) owners.push(node.$$on_hydrate);
  for (const child of node.children) await wake(child, module, owners);
  if (isSlot) owners.pop();
}

async function start() {
  const module = await import(script.dataset.js);
  await module.default({ module_or_path: script.dataset.wasm });
  module.hydrate();
  await wake(document.body, module, []);
  document.documentElement.dataset.awake = "";
}

if (script?.dataset.js && document.querySelector("leptos-island")) atRest(start);

// A form that is on its way is not sent twice.
addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (form.method === "post" && !event.defaultPrevented) {
    form.dataset.sent = "1";
    submitter?.setAttribute("aria-busy", "true");
  }
});
// Coming back by the back button, forms can be sent again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
});

// Not for organizers, and not inside of other websites.
if ("serviceWorker" in navigator && !/^\/(o|embed)(\/|$)/.test(location.pathname)) {
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
}
