// A payment code without signal: made on this phone, from a key that it keeps and never tells (RFC 6238, HMAC-SHA-256, 8 digits, 30 s).
"use strict";

const shows = document.querySelector("[data-offline]");
const { member, csrf } = shows.dataset;
const STEP = 30;
const part = (name) => shows.querySelector(`[data-${name}]`);
const note = (words) => { part("said").textContent = words; };

const store = (mode, act) => new Promise((done, failed) => {
  const open = indexedDB.open("jifen-device", 1);
  open.onupgradeneeded = () => open.result.createObjectStore("keys");
  open.onerror = () => failed(open.error);
  open.onsuccess = () => {
    const work = open.result.transaction("keys", mode);
    const asked = act(work.objectStore("keys"));
    work.oncomplete = () => { open.result.close(); done(asked.result); };
    work.onerror = () => failed(work.error);
  };
});

const digits = async (key, step) => {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter));
  const offset = mac.getUint8(mac.byteLength - 1) & 15;
  return String((mac.getUint32(offset) & 0x7fffffff) % 100000000).padStart(8, "0");
};

let timer = 0;
const show = async () => {
  clearTimeout(timer);
  const device = await store("readonly", (keys) => keys.get(member));
  part("off").hidden = Boolean(device);
  part("on").hidden = !device;
  if (!device) return;
  const now = Date.now() / 1000;
  const code = device.handle + (await digits(device.key, Math.floor(now / STEP)));
  const groups = [code.slice(0, 3), code.slice(3, 7), code.slice(7, 11), code.slice(11)];
  part("code").replaceChildren(...groups.map((group) => {
    const span = document.createElement("span");
    span.textContent = group;
    return span;
  }));
  const left = Math.ceil(STEP - (now % STEP));
  part("clock").textContent = t(`还有 ${left} 秒换下一个`, `another one in ${left} seconds`);
  timer = setTimeout(show, 500);
};

const ask = (path) => fetch(path, { method: "POST", headers: { "x-csrf-token": csrf, "content-type": "application/json" }, body: "{}" });

part("begin").addEventListener("click", async () => {
  note("");
  const answer = await ask(`/v1/members/${member}/devices`).catch(() => null);
  if (!answer) return note(t("要有网络才能开启。", "This needs a network once."));
  if (!answer.ok) return note(answer.status === 409 ? t("最多三部手机，请先在别的手机上关闭。", "Three phones at most: end it on another one first.") : t("没有开启，请重新登录后再试。", "It did not work. Log in again and try once more."));
  const told = await answer.json();
  const secret = Uint8Array.from(told.secret.match(/../g), (byte) => parseInt(byte, 16));
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  await store("readwrite", (keys) => keys.put({ id: told.id, handle: told.handle, key }, member));
  show();
});

part("end").addEventListener("click", async () => {
  const device = await store("readonly", (keys) => keys.get(member));
  const answer = await ask(`/v1/devices/${device.id}/end`).catch(() => null);
  if (!answer?.ok && answer?.status !== 409) return note(t("要有网络才能关闭。", "This needs a network."));
  await store("readwrite", (keys) => keys.delete(member));
  show();
});

if (globalThis.crypto?.subtle && globalThis.indexedDB) show();
else note(t("这个浏览器不能存密钥。请用手机自带的浏览器打开。", "This browser keeps no keys. Open the page in the phone's own browser."));
