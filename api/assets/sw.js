// A rider's pages without a network. Before this stand: const HOME, the programme's path; const SHELL, what every page needs; and store.js.
"use strict";

const PAGES = "jifen-pages";
const PARTS = "jifen-parts";
// What is shown as it last was; everything else needs the network.
const KEEPS = /^\/(me|deeds|mine|places|hazards|me\/offline|activities(\/[0-9a-f-]+)?)$/;
// What is kept and sent later, once: each of these forms carries a key of its own.
const QUEUES = /^\/(hazards|activities\/[0-9a-f-]+)$/;
// After so long without an answer, in milliseconds, what was kept is better.
const PATIENCE = 5000;

const within = (url) => (url.pathname.startsWith(HOME + "/") ? url.pathname.slice(HOME.length) : "");

// --- what waits to be sent -----------------------------------------------------------------------------------
const queue = shelf("jifen-queue", "forms", { autoIncrement: true });
const waiting = () => queue("readonly", (forms) => forms.getAllKeys());

let sending = false;
const send = async () => {
  if (sending) return;
  sending = true;
  try {
    for (const number of await waiting()) {
      const form = await queue("readonly", (forms) => forms.get(number));
      const answer = await fetch(form.url, { method: "POST", body: form.body, headers: { "content-type": form.type } });
      // Whoever has to log in first sends it after that.
      if (new URL(answer.url).pathname === `${HOME}/login` || answer.status === 401 || answer.status >= 500) break;
      const refused = answer.ok ? "" : await reason(answer);
      if (!refused) await queue("readwrite", (forms) => forms.delete(number));
      else if (answer.status !== 403) await queue("readwrite", (forms) => forms.put({ ...form, refused }, number));
    }
  } catch {
    // Still no network.
  } finally {
    sending = false;
    tell();
  }
};

const reason = async (answer) => {
  const found = (await answer.text()).match(/role="alert"[^>]*>([^<]+)</);
  return found ? found[1].trim() : `HTTP ${answer.status}`;
};

// Pages say how much waits.
const tell = async () => {
  const forms = await queue("readonly", (all) => all.getAll()).catch(() => []);
  const refused = forms.filter((form) => form.refused).map((form) => form.refused);
  for (const client of await self.clients.matchAll()) client.postMessage({ waiting: forms.length, refused });
};

// --- pages ---------------------------------------------------------------------------------------------------
const marked = async (kept) => {
  const at = new Date(kept.headers.get("x-kept-at"));
  const html = await kept.text();
  const english = html.includes('<html lang="en"');
  const when = at.toLocaleString(english ? "en-GB" : "zh-CN", { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" });
  const words = english ? `No network: this is as it was on ${when}.` : `没有网络：这是${when}的样子。`;
  const shown = html.replace('<main id="main">', `<main id="main"><p class="notice offline" role="status">${words}</p>`);
  return new Response(shown, { headers: kept.headers });
};

const page = async (request) => {
  const cache = await caches.open(PAGES);
  const kept = await cache.match(request.url, { ignoreSearch: true });
  const asked = fetch(request).then(async (answer) => {
    if (answer.ok && !answer.redirected) {
      const headers = new Headers(answer.headers);
      headers.set("x-kept-at", new Date().toISOString());
      const body = await answer.clone().blob();
      await cache.put(request.url.split("?")[0], new Response(body, { headers }));
    }
    return answer;
  });
  if (!kept) return asked.catch(() => caches.match(`${HOME}/offline`));
  const late = new Promise((done) => setTimeout(() => done(null), PATIENCE));
  const answer = await Promise.race([asked.catch(() => null), late]);
  return answer || marked(kept);
};

const post = async (request) => {
  const copy = request.clone();
  try {
    return await fetch(request);
  } catch {
    const form = { url: copy.url, type: copy.headers.get("content-type"), body: await copy.blob(), at: Date.now() };
    try {
      await queue("readwrite", (forms) => forms.add(form));
    } catch {
      // Where nothing can be kept, it is not said to be.
      return caches.match(`${HOME}/offline`);
    }
    if (self.registration.sync) await self.registration.sync.register("send").catch(() => {});
    return caches.match(`${HOME}/queued`);
  }
};

const part = async (request) => (await caches.match(request)) || fetch(request);

self.addEventListener("install", (event) => {
  const fill = async () => {
    await (await caches.open(PARTS)).addAll([...SHELL, `${HOME}/offline`, `${HOME}/queued`]);
    await self.skipWaiting();
  };
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const cache = await caches.open(PARTS);
    const current = [...SHELL, `${HOME}/offline`, `${HOME}/queued`].map((path) => new URL(path, location.origin).href);
    // A page that was kept before still asks for what it came with.
    let kept = "";
    for (const page of await (await caches.open(PAGES)).matchAll()) kept += await page.text();
    for (const request of await cache.keys()) {
      const { href, pathname, search } = new URL(request.url);
      if (!current.includes(href) && !kept.includes(pathname + search)) await cache.delete(request);
    }
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  const path = within(url);
  if (url.pathname.startsWith("/assets/")) event.respondWith(part(request));
  else if (request.mode === "navigate" && request.method === "GET" && KEEPS.test(path)) event.respondWith(page(request));
  else if (request.mode === "navigate" && request.method === "POST" && QUEUES.test(path)) event.respondWith(post(request));
});

self.addEventListener("sync", (event) => event.waitUntil(send()));
self.addEventListener("message", (event) => event.waitUntil(event.data === "send" ? send() : tell()));
