// A rider's pages without a network. Before this stand: const HOME, the programme's path; const ZONE, its time zone; const SHELL, what every page
// needs; and store.js.
"use strict";

const PAGES = "jifen-pages";
const PARTS = "jifen-parts";
// What is shown as it last was; everything else needs the network.
const KEEPS = /^\/(me|deeds|mine|places|hazards|me\/offline|activities(\/[0-9a-f-]+)?)$/;
// What is kept and sent later, once: each of these forms carries a key of its own.
const QUEUES = /^\/(hazards|activities\/[0-9a-f-]+)$/;
// After so long without an answer, in milliseconds, what was kept is better.
const PATIENCE = 5000;

// Who a page is shown to.
const whose = (html) => (html.match(/ data-who="([0-9a-f-]+)"/) ?? ["", "nobody"])[1];
const within = (url) => (url.pathname.startsWith(HOME + "/") ? url.pathname.slice(HOME.length) : "");

// --- what waits to be sent -----------------------------------------------------------------------------------
const queue = shelf("jifen-queue", "forms", { autoIncrement: true });
const waiting = () => queue("readonly", (forms) => forms.getAllKeys());

// Who is in now, and the token that their forms carry: what was written before they logged in anew goes out with this one. Nobody is null.
const whoIsIn = async () => {
  const answer = await fetch(`${HOME}/me`);
  const page = answer.ok && !answer.redirected ? await answer.text() : "";
  const csrf = page.match(/name="csrf" value="([0-9a-f]+)"/);
  return csrf && { who: whose(page), csrf: csrf[1] };
};

const filled = ({ whole, fields }, csrf) => {
  const body = whole ? new FormData() : new URLSearchParams();
  for (const [name, value] of fields) body.append(name, name === "csrf" ? csrf : value);
  return body;
};

let sending = false;
const send = async () => {
  if (sending) return;
  sending = true;
  try {
    const numbers = await waiting();
    const person = numbers.length > 0 ? await whoIsIn() : null;
    for (const number of person ? numbers : []) {
      const form = await queue("readonly", (forms) => forms.get(number));
      // What somebody else wrote on this phone waits for them; what was refused, for whoever wrote it to say so: a wrong code counts each time.
      if (form.who !== person.who || form.refused) continue;
      const answer = await fetch(form.url, { method: "POST", body: filled(form, person.csrf) });
      // Whoever has to log in first, or was too quick, sends it after that.
      if (new URL(answer.url).pathname === `${HOME}/login` || [401, 403, 429].includes(answer.status) || answer.status >= 500) break;
      const refused = answer.ok ? "" : await reason(answer);
      if (!refused) await queue("readwrite", (forms) => forms.delete(number));
      else await queue("readwrite", (forms) => forms.put({ ...form, refused }, number));
    }
  } catch {
    // Still no network.
  } finally {
    sending = false;
    tell();
  }
};

const reason = async (answer) => {
  const found = (await answer.text()).match(/(?:role="alert"|class="wrong")[^>]*>([^<]+)</);
  return found ? found[1].trim() : `HTTP ${answer.status}`;
};

// Pages say how much waits, whose it is, and what was refused: that goes when whoever wrote it says so.
const tell = async () => {
  let numbers = null;
  const all = (forms) => { numbers = forms.getAllKeys(); return forms.getAll(); };
  const forms = await queue("readonly", all).catch(() => []);
  const told = forms.map(({ who, refused }, place) => ({ number: numbers.result[place], who, refused }));
  for (const client of await self.clients.matchAll()) client.postMessage({ told });
};

const drop = async (number) => {
  await queue("readwrite", (forms) => forms.delete(number));
  await tell();
};

const retry = async (number) => {
  const form = await queue("readonly", (forms) => forms.get(number));
  if (form) await queue("readwrite", (forms) => forms.put({ ...form, refused: "" }, number));
  await send();
};

// --- pages ---------------------------------------------------------------------------------------------------
const marked = async (kept) => {
  const at = new Date(kept.headers.get("x-kept-at"));
  const html = await kept.text();
  const english = html.includes('<html lang="en"');
  const when = at.toLocaleString(english ? "en-GB" : "zh-CN", { month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", timeZone: ZONE });
  const words = english ? `No network: this is as it was on ${when}.` : `没有网络：这是${when}的样子。`;
  const shown = html.replace('<main id="main">', `<main id="main"><p class="notice offline" role="status">${words}</p>`);
  return new Response(shown, { headers: kept.headers });
};

// On a phone that several use nobody finds what was another's.
const keep = async (path, answer) => {
  const cache = await caches.open(PAGES);
  const html = await answer.clone().text();
  const who = whose(html);
  for (const request of await cache.keys()) {
    const kept = await cache.match(request);
    if (kept.headers.get("x-kept-of") !== who) await cache.delete(request);
  }
  const headers = new Headers(answer.headers);
  headers.set("x-kept-at", new Date().toISOString());
  headers.set("x-kept-of", who);
  await cache.put(path, new Response(html, { headers }));
};
const isPage = (answer) => answer.ok && !answer.redirected && (answer.headers.get("content-type") ?? "").startsWith("text/html");

// A page as a whole is kept; of what was searched in it, or of another month, is only said how the whole was.
const page = async (request) => {
  const { pathname, search } = new URL(request.url);
  const cache = await caches.open(PAGES);
  const kept = await cache.match(pathname);
  const asked = fetch(request).then(async (answer) => {
    if (!search && isPage(answer)) await keep(pathname, answer);
    // Whoever was in is no longer, and the next may be somebody else.
    if (answer.type === "opaqueredirect") await caches.delete(PAGES);
    return answer;
  });
  if (!kept) return asked.catch(() => caches.match(`${HOME}/offline`));
  // The digits of a check-in screen fit the page as it was.
  if (search && !new URLSearchParams(search).has("c")) return asked.catch(() => marked(kept));
  const late = new Promise((done) => setTimeout(() => done(null), PATIENCE));
  const answer = await Promise.race([asked.catch(() => null), late]);
  return answer || marked(kept);
};

// The page of codes without signal is kept before it is needed.
const OFFLINE_CODE = `${HOME}/me/offline`;
const prepare = async () => {
  if (await caches.match(OFFLINE_CODE)) return;
  const answer = await fetch(OFFLINE_CODE).catch(() => null);
  if (answer && isPage(answer)) await keep(OFFLINE_CODE, answer);
};

// Without a network a code that the server would make is made on the phone.
const code = (request) => fetch(request).catch(async () => (await caches.match(OFFLINE_CODE)) || caches.match(`${HOME}/offline`));

const post = async (request) => {
  const copy = request.clone();
  try {
    return await fetch(request);
  } catch {
    const whole = copy.headers.get("content-type").startsWith("multipart/");
    const { url } = copy;
    try {
      const fields = [...(await copy.formData())];
      const [, who] = fields.find(([name]) => name === "who");
      await queue("readwrite", (forms) => forms.add({ url, whole, fields, who }));
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
  else if (request.mode === "navigate" && request.method === "POST" && path.startsWith("/login")) event.waitUntil(caches.delete(PAGES));
  else if (request.mode === "navigate" && request.method === "POST" && path === "/me/code") event.respondWith(code(request));
});

self.addEventListener("sync", (event) => event.waitUntil(send()));
self.addEventListener("message", (event) => {
  const { drops, retries } = event.data;
  if (drops !== undefined) event.waitUntil(drop(drops));
  else if (retries !== undefined) event.waitUntil(retry(retries));
  else event.waitUntil(Promise.all([send(), prepare()]));
});
