// A patrol at the press of a button. Each press is kept on the device until the server has dealt with it.
"use strict";

const page = document.querySelector("[data-patrol]");
const form = page.querySelector("[data-steps]");
const buttons = page.querySelectorAll("[data-press]");
const sender = page.querySelector("[data-send]");
const store = `jifen-patrol-${page.dataset.patrol}`;
// Steps are sent so many at a time.
const AT_ONCE = 50;
// What is less exact than this tells no place from another, in metres.
const EXACT = 200;

const say = (words) => { page.querySelector("[data-say]").textContent = words; };
const nameOf = (step) => `${step.shift}:${step.step}:${step.at}`;
const write = (steps) => localStorage.setItem(store, JSON.stringify(steps));
const read = () => {
  try {
    return JSON.parse(localStorage.getItem(store)) || [];
  } catch {
    return [];
  }
};

// The shift under way, by what the server knows and what it has not been told yet.
const shiftNow = () => {
  let shift = page.dataset.shift;
  for (const step of read()) {
    if (step.step === "start") shift = step.shift;
    if (step.step === "end" && step.shift === shift) shift = "";
  }
  return shift;
};

const show = () => {
  const open = shiftNow() !== "";
  for (const button of buttons) {
    button.disabled = false;
    if (button.dataset.press !== "end") button.hidden = open === (button.dataset.press === "start");
  }
  page.querySelector("[data-while]").hidden = !open;
  const kept = read().length;
  sender.hidden = kept === 0;
  if (kept > 0) say(navigator.onLine ? t(`还有 ${kept} 次没有发出。`, `${kept} not sent yet.`) : t(`没有网络：${kept} 次已存在这部手机里，有网络时会发出。`, `No network: ${kept} kept on this phone, to be sent once there is one.`));
};

const send = () => {
  const steps = read().slice(0, AT_ONCE);
  if (steps.length === 0 || !navigator.onLine) return show();
  say(t("正在发送…", "Sending…"));
  form.elements.steps.value = JSON.stringify(steps);
  form.submit();
};

const keep = (kind, coords) => {
  const shift = kind === "start" ? crypto.randomUUID() : shiftNow();
  const step = { step: kind, shift, at: new Date().toISOString() };
  if (coords) Object.assign(step, { latitude: coords.latitude, longitude: coords.longitude });
  write([...read(), step]);
  send();
};

const press = (kind) => {
  for (const button of buttons) button.disabled = true;
  say(t("正在定位…", "Looking where you are…"));
  const found = ({ coords }) => {
    if (kind === "end") return keep(kind, coords.accuracy <= EXACT ? coords : null);
    if (coords.accuracy <= EXACT) return keep(kind, coords);
    show();
    say(t(`定位不准，误差约 ${Math.round(coords.accuracy)} 米。请到开阔的地方再按一次。`, `Within ${Math.round(coords.accuracy)} m only. Step into the open and press again.`));
  };
  const failed = (error) => {
    if (kind === "end") return keep(kind, null);
    show();
    say(error.code === 1 ? t("没有定位的权限。请在浏览器设置里允许本站使用位置。", "This page may not know where you are. Allow it in the browser's settings.") : t("没有定位成功。请到开阔的地方再按一次。", "Your position was not found. Step into the open and press again."));
  };
  if (!navigator.geolocation) return failed({ code: 2 });
  navigator.geolocation.getCurrentPosition(found, failed, { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 });
};

const settled = new Set(page.dataset.settled.split(" "));
write(read().filter((step) => !settled.has(nameOf(step))));
for (const button of buttons) button.addEventListener("click", () => press(button.dataset.press));
sender.addEventListener("click", send);
addEventListener("online", send);
show();
// What the server could not deal with just now is sent again when somebody presses.
if (!("answers" in page.dataset)) send();
