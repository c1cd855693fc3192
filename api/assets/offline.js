// A payment code without signal: made on this phone, from a key that it keeps and never tells (RFC 6238, HMAC-SHA-256, 8 digits, 30 s).
"use strict";

const shows = document.querySelector("[data-offline]");
const { member, csrf } = shows.dataset;
const STEP = 30;
const part = (name) => shows.querySelector(`[data-${name}]`);
const note = (words) => { part("said").textContent = words; };
const store = shelf("jifen-device", "keys");

const cannot = () => {
  note(t("这个浏览器存不了密钥，没有信号时不能付款。", "This browser keeps no keys, so it cannot pay without signal."));
  openElsewhere();
};

const digits = async (key, step) => {
  const counter = new DataView(new ArrayBuffer(8));
  counter.setUint32(4, step);
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter));
  const offset = mac.getUint8(mac.byteLength - 1) & 15;
  return String((mac.getUint32(offset) & 0x7fffffff) % 100000000).padStart(8, "0");
};

let drawn = "";
const draw = (code) => {
  if (code === drawn) return;
  drawn = code;
  part("code").textContent = "";
  for (const group of [code.slice(0, 3), code.slice(3, 7), code.slice(7, 11), code.slice(11)]) {
    const span = document.createElement("span");
    span.textContent = group;
    part("code").append(span);
  }
  part("square").setAttribute("d", square(code));
};

let timer = 0;
const shownNow = async () => {
  clearTimeout(timer);
  const device = await store("readonly", (keys) => keys.get(member));
  part("off").hidden = Boolean(device);
  part("on").hidden = !device;
  if (!device) return;
  const now = Date.now() / 1000;
  draw(device.handle + (await digits(device.key, Math.floor(now / STEP))));
  const left = Math.ceil(STEP - (now % STEP));
  part("clock").textContent = t(`还有 ${left} 秒换下一个`, `another one in ${left} seconds`);
  timer = setTimeout(show, 500);
};
const show = () => shownNow().catch(cannot);

const ask = (path) => fetch(path, { method: "POST", headers: { "x-csrf-token": csrf, "content-type": "application/json" }, body: "{}" });

part("begin").addEventListener("click", async () => {
  note("");
  const answer = await ask(`/v1/members/${member}/devices`).catch(() => null);
  if (!answer) return note(t("要有网络才能开启。", "This needs a network once."));
  if (!answer.ok) return note(answer.status === 409 ? t("最多三部手机，请先在别的手机上关闭。", "Three phones at most: end it on another one first.") : t("没有开启，请重新登录后再试。", "It did not work. Log in again and try once more."));
  const told = await answer.json();
  const secret = Uint8Array.from(told.secret.match(/../g), (byte) => parseInt(byte, 16));
  try {
    const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    await store("readwrite", (keys) => keys.put({ id: told.id, handle: told.handle, key }, member));
  } catch {
    // A key that is not kept takes no place among the three.
    await ask(`/v1/devices/${told.id}/end`).catch(() => null);
    return cannot();
  }
  show();
});

part("end").addEventListener("click", async () => {
  const device = await store("readonly", (keys) => keys.get(member));
  const answer = await ask(`/v1/devices/${device.id}/end`).catch(() => null);
  if (!answer?.ok && answer?.status !== 409) return note(t("要有网络才能关闭。", "This needs a network."));
  await store("readwrite", (keys) => keys.delete(member));
  show();
});

if (window.crypto?.subtle && window.indexedDB) show();
else cannot();
