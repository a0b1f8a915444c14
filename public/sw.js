// Keeps what was opened readable without a network: the shell, and every personal order page that was opened once.
// It never keeps anything of organizers, of the API, of forms or of other sites.
const VERSION = "__VERSION__";
const SHELL = `shell-${VERSION}`;
const ORDERS = "orders";
const ORDERS_MAX = 20;
const PRECACHED = [...JSON.parse('__ASSETS__'), "/boot.js", "/offline.html", "/offline.css", "/favicon.svg", "/manifest.webmanifest"];

/** `/e/orders/{token}` and nothing below it. */
const ORDER_PAGE = /^\/e\/orders\/[0-9A-Za-z]+$/;
const NEVER = /^\/(o|api|webhooks|dev|live|admin|sandbox|embed)(\/|$)/;

addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(SHELL)
      // One missing file must not keep the others from being there.
      .then((cache) => Promise.allSettled(PRECACHED.map((path) => cache.add(path))))
      .then(() => skipWaiting()),
  );
});

addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) =>
        Promise.all(names.filter((name) => name !== SHELL && name !== ORDERS).map((name) => caches.delete(name))),
      )
      .then(() => clients.claim())
      .then(keepOpenOrders),
  );
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin || NEVER.test(url.pathname)) return;
  if (request.mode === "navigate") {
    event.respondWith(page(request, url));
  } else if (PRECACHED.includes(url.pathname) || url.pathname.startsWith("/pkg/")) {
    event.respondWith(asset(request, url));
  }
});

/** A personal page that was opened before this worker woke (straight from the mail, say) is kept as well. */
async function keepOpenOrders() {
  const open = await clients.matchAll({ type: "window" });
  const paths = open.map((client) => new URL(client.url).pathname).filter((path) => ORDER_PAGE.test(path));
  await Promise.allSettled(paths.map(async (path) => keep(path, await fetch(path))));
}

/** The network first; without one, the page as it was last opened, else a page that says so. */
async function page(request, url) {
  try {
    const response = await fetch(request);
    if (ORDER_PAGE.test(url.pathname)) await keep(url.pathname, response);
    return response;
  } catch {
    const kept = ORDER_PAGE.test(url.pathname) && (await caches.match(url.pathname, { cacheName: ORDERS }));
    return kept ? withNote(kept) : ((await caches.match("/offline.html")) ?? Response.error());
  }
}

/** Assets have their content in their name, so the kept one is right; the few others are asked for anew. */
async function asset(request, url) {
  const kept = await caches.match(url.pathname, { cacheName: SHELL });
  if (kept && url.pathname.startsWith("/pkg/")) return kept;
  try {
    return await fetch(request);
  } catch {
    return kept ?? (await sibling(url.pathname)) ?? Response.error();
  }
}

/** A kept page may ask for assets of an older release; today's of the same kind are better than none. */
async function sibling(path) {
  const kind = path.slice(path.lastIndexOf("."));
  const today = PRECACHED.find((it) => it.startsWith("/pkg/") && it.endsWith(kind));
  return today && (await caches.match(today, { cacheName: SHELL }));
}

async function keep(path, response) {
  const cache = await caches.open(ORDERS);
  if (!response.ok || response.redirected) {
    // What is gone on the server, or has another link by now, is gone here too.
    const isElsewhere = response.redirected || response.type === "opaqueredirect";
    if (response.status === 404 || isElsewhere) await cache.delete(path);
    return;
  }
  await cache.put(path, response.clone());
  const paths = await cache.keys();
  await Promise.all(paths.slice(0, Math.max(0, paths.length - ORDERS_MAX)).map((old) => cache.delete(old)));
}

/** The kept page with a line on top that says how old it may be. */
async function withNote(response) {
  const html = await response.text();
  const isEnglish = html.includes('<html lang="en"');
  const note = isEnglish
    ? "You are offline. This is the page as you last opened it."
    : "オフライン表示中です。前に開いたときの内容を表示しています。";
  const marked = html.replace(/<body([^>]*)>/, `<body$1><p class="offline-note" role="status">${note}</p>`);
  const headers = new Headers(response.headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(marked, { status: 200, headers });
}
